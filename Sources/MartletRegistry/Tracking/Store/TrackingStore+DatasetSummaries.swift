import MartletStore

/// A dataset that runs of an experiment read, and in which role.
package struct DatasetSummary: Sendable, Equatable {
    package let experiment: Int64
    package let name: String
    package let digest: String
    /// The input's tag `mlflow.data.context`.
    package let context: String?
}

extension TrackingStore {
    /// The most experiments of one question, and the most summaries of its answer.
    package static let summaryExperimentCountMax = 20
    package static let summaryCountMax = 1000

    /// The datasets that runs of some experiments read, each with each of its contexts once.
    package func datasetSummaries(experiments: [Int64]) async throws -> [DatasetSummary] {
        guard !experiments.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "SearchDatasets request must specify at least one experiment_id.")
        }
        guard experiments.count <= Self.summaryExperimentCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "SearchDatasets request cannot specify more than \(Self.summaryExperimentCountMax) experiment_ids. Received "
                    + "\(experiments.count) experiment_ids.")
        }
        let part = SQLPart.column("d.experiment", among: Set(experiments).sorted())
        return try await read { session in
            var found: [DatasetSummary] = []
            try session.connection.query(
                once: """
                    SELECT DISTINCT d.experiment, d.name, d.digest, t.value
                    FROM tracked_datasets AS d JOIN run_datasets AS i ON i.dataset = d.number
                    LEFT JOIN run_dataset_tags AS t ON t.input = i.number AND t.key = 'mlflow.data.context'
                    WHERE \(part.sql) ORDER BY d.experiment, d.name, d.digest, t.value LIMIT ?
                    """,
                part.values + [.integer(Int64(Self.summaryCountMax))]
            ) { row in
                found.append(
                    DatasetSummary(experiment: row.integer(0), name: row.text(1), digest: row.text(2), context: row.optionalText(3)))
            }
            return found
        }
    }
}
