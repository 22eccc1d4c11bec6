import MartletCore
import MartletStore

/// The record of evaluation datasets, in the database of a tracking store, with MLflow's rules and refusals.
///
/// Its aspects are `EvaluationDatasetStore+Records` and `+Search`.
/// - Throws: `TrackingFault` for what MLflow refuses, and what the database throws.
package final class EvaluationDatasetStore: Sendable {
    static let userTag = "mlflow.user"

    let tracking: TrackingStore

    /// Brings the tables up to date. - Throws: `invalidInput` for a database of a newer martlet.
    package init(_ tracking: TrackingStore) async throws {
        self.tracking = tracking
        try await SQLMigration.migrate(
            EvaluationDatasetSchema.subject, by: EvaluationDatasetSchema.migrations, in: tracking.database)
    }

    /// Makes a dataset without records; its experiments need not exist. The tag `mlflow.user` tells who made it.
    package func create(name: String, experiments: [String] = [], tags: [KeyedText] = []) async throws -> EvaluationDataset {
        guard Set(experiments.map(ExactText.init)).count == experiments.count else {
            throw TrackingFault.repeatedRow("entity_associations", ["source_type", "source_id", "destination_type", "destination_id"])
        }
        let (id, time) = ("d-" + tracking.makeID(), tracking.now)
        let user = tags.last { $0.key == Self.userTag }?.value
        let dataset = EvaluationDataset(
            id: id, name: name, digest: Self.digest(name, time), createdAt: time, updatedAt: time, createdBy: user, updatedBy: user)
        return try await tracking.write { session in
            let number = try session.insert(dataset)
            for tag in tags { try session.set(evaluationTag: tag, number) }
            for experiment in experiments { try session.insert(experiment: experiment, number) }
            return try session.evaluationDataset(id)?.dataset ?? dataset
        }
    }

    /// A dataset without its records.
    package func dataset(_ id: String) async throws -> EvaluationDataset {
        try await tracking.read { session in
            guard let found = try session.evaluationDataset(id) else {
                throw TrackingFault(.resourceDoesNotExist, "Evaluation dataset with id '\(id)' not found")
            }
            return found.dataset
        }
    }

    /// Deletes a dataset for good, with its records; one that is not there is fine.
    package func delete(_ id: String) async throws {
        _ = try await tracking.write { session in
            try session.connection.execute("DELETE FROM evaluation_datasets WHERE id = ?", [.text(id)])
        }
    }

    /// Sets tags; a later value takes the place of an earlier one.
    package func setTags(_ tags: [KeyedText], of id: String) async throws {
        try await tracking.write { session in
            guard let found = try session.evaluationDataset(id) else {
                throw TrackingFault.noEvaluationDataset(id)
            }
            for tag in tags { try session.set(evaluationTag: tag, found.number) }
        }
    }

    /// Deletes a tag; neither it nor the dataset need be there.
    package func deleteTag(_ key: String, of id: String) async throws {
        _ = try await tracking.write { session in
            try session.connection.execute(
                "DELETE FROM evaluation_dataset_tags WHERE key = ? AND dataset IN (SELECT number FROM evaluation_datasets WHERE id = ?)",
                [.text(key), .text(id)])
        }
    }

    // MARK: Experiments

    /// The experiments of a dataset in the order in which they were added; none where it is not there.
    package func experiments(of id: String) async throws -> [String] {
        try await tracking.read { session in
            try session.connection.all(
                """
                SELECT e.experiment FROM evaluation_dataset_experiments AS e JOIN evaluation_datasets AS d ON d.number = e.dataset
                WHERE d.id = ? ORDER BY e.number
                """, [.text(id)]
            ) { $0.text(0) }
        }
    }

    /// Adds a dataset to experiments, all of which must exist; those that it has already are fine.
    package func add(_ id: String, to experiments: [String]) async throws -> EvaluationDataset {
        try await change(id) { session, number in
            for experiment in experiments {
                guard let known = PythonText.integer(experiment), try session.optionalExperimentStage(known) != nil else {
                    throw TrackingFault(.resourceDoesNotExist, "No Experiment with id=\(experiment)")
                }
                try session.insert(experiment: experiment, number)
            }
        }
    }

    /// Removes a dataset from experiments; those that it does not have are fine.
    package func remove(_ id: String, from experiments: [String]) async throws -> EvaluationDataset {
        try await change(id) { session, number in
            for experiment in experiments {
                try session.connection.execute(
                    "DELETE FROM evaluation_dataset_experiments WHERE dataset = ? AND experiment = ?",
                    [.integer(number), .text(experiment)])
            }
        }
    }

    private func change(_ id: String, _ body: @escaping @Sendable (TrackingSession, Int64) throws -> Void) async throws -> EvaluationDataset
    {
        let time = tracking.now
        return try await tracking.write { session in
            guard var found = try session.evaluationDataset(id) else {
                throw TrackingFault(.resourceDoesNotExist, "Dataset '\(id)' not found")
            }
            try body(session, found.number)
            found.dataset.updatedAt = max(found.dataset.createdAt, time)
            try session.connection.execute(
                "UPDATE evaluation_datasets SET updated_at = ? WHERE number = ?",
                [.integer(found.dataset.updatedAt), .integer(found.number)])
            return found.dataset
        }
    }

    static func digest(_ name: String, _ time: Int64) -> String { String(Digest(of: "\(name):\(time)").hex.prefix(8)) }
}

// MARK: - Within a read or write

extension TrackingSession {
    func evaluationDataset(_ id: String) throws -> NumberedDataset? {
        let found = try connection.first("SELECT \(NumberedDataset.columns) FROM evaluation_datasets AS d WHERE d.id = ?", [.text(id)]) {
            NumberedDataset(row: $0)
        }
        return try found.map { try withTags([$0])[0] }
    }

    /// The datasets with their tags, in the same order.
    func withTags(_ datasets: [NumberedDataset]) throws -> [NumberedDataset] {
        var datasets = datasets
        let places = Dictionary(datasets.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        for list in NumberList.lists(of: datasets.map(\.number)) {
            let sql = """
                SELECT dataset, key, value FROM evaluation_dataset_tags WHERE dataset IN (\(list.placeholders)) ORDER BY dataset, key
                """
            try connection.query(sql, list.values) { row in
                if let place = places[row.integer(0)] { datasets[place].dataset.tags.append(KeyedText(row.text(1), row.text(2))) }
            }
        }
        return datasets
    }

    func insert(_ dataset: EvaluationDataset) throws -> Int64 {
        let number = try connection.first(
            """
            INSERT INTO evaluation_datasets (id, name, digest, created_at, updated_at, created_by, updated_by)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .text(dataset.id), .text(dataset.name), .text(dataset.digest), .integer(dataset.createdAt), .integer(dataset.updatedAt),
                .optional(dataset.createdBy), .optional(dataset.updatedBy),
            ]
        ) { $0.integer(0) }
        guard let number else { throw TrackingFault(.internalError, "the database gave dataset '\(dataset.id)' no number; try again") }
        return number
    }

    func set(evaluationTag tag: KeyedText, _ dataset: Int64) throws {
        try connection.execute(
            """
            INSERT INTO evaluation_dataset_tags (dataset, key, value) VALUES (?, ?, ?)
            ON CONFLICT (dataset, key) DO UPDATE SET value = excluded.value
            """,
            [.integer(dataset), .text(tag.key), .text(tag.value)])
    }

    func insert(experiment: String, _ dataset: Int64) throws {
        try connection.execute(
            "INSERT INTO evaluation_dataset_experiments (dataset, experiment) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [.integer(dataset), .text(experiment)])
    }
}

/// A dataset as it is read: its number in the tables, and what it is.
struct NumberedDataset {
    static let columns =
        "d.number, d.id, d.name, d.digest, d.created_at, d.updated_at, d.created_by, d.updated_by, d.schema, d.profile"

    let number: Int64
    var dataset: EvaluationDataset

    /// Reads `columns`.
    init(row: any SQLRow) {
        number = row.integer(0)
        dataset = EvaluationDataset(
            id: row.text(1), name: row.text(2), digest: row.text(3), createdAt: row.integer(4), updatedAt: row.integer(5),
            createdBy: row.optionalText(6), updatedBy: row.optionalText(7), schema: row.optionalText(8), profile: row.optionalText(9))
    }
}
