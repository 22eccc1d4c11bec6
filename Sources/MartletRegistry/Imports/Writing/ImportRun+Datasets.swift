import MartletCore
import MartletStore

/// Evaluation datasets with their records.
extension ImportRun {
    mutating func bringEvaluationDatasets(_ keys: FreshKeys) async throws {
        let batch = try await source.evaluationDatasets(keys.records)
        leaveOut(.evaluationDatasets, batch.flaws)
        for var dataset in batch.elements {
            var experiments: [String] = []
            for experiment in dataset.experiments {
                guard let id = Int64(experiment) else { continue }
                // An experiment of a dataset need not exist.
                experiments.append(try await target(of: id).map { String($0) } ?? experiment)
            }
            dataset.experiments = experiments
            let (own, isDry) = (dataset, isDry)
            let bring: @Sendable (TrackingSession, ImportMarks) throws -> Bool = { session, marks in
                let isNew = try session.evaluationDataset(own.dataset.id) == nil
                guard !isDry else { return isNew }
                if isNew { try session.bring(own) }
                try marks.set(ImportMark(), ImportKind.evaluationDatasets.mark, own.dataset.id)
                return isNew
            }
            let isNew = isDry ? try await read(bring) : try await write(bring)
            report[ImportKind.evaluationDatasets.rawValue].brought += isNew ? 1 : 0
            report[ImportKind.evaluationDatasets.rawValue].present += isNew ? 0 : 1
        }
    }
}

extension TrackingSession {
    fileprivate func bring(_ source: SourceEvaluationDataset) throws {
        let dataset = source.dataset
        let number = try insert(dataset)
        try connection.execute(
            "UPDATE evaluation_datasets SET schema = ?, profile = ? WHERE number = ?",
            [.optional(dataset.schema), .optional(dataset.profile), .integer(number)])
        for tag in dataset.tags { try set(evaluationTag: tag, number) }
        for experiment in source.experiments { try insert(experiment: experiment, number) }
        for record in source.records { try insert(record, number) }
    }
}
