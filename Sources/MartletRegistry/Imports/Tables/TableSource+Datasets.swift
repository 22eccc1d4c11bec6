import MartletCore
import MartletStore

/// Evaluation datasets in tables.
extension TableSource {
    func evaluationDatasets(_ keys: [String]) async throws -> SourceBatch<SourceEvaluationDataset> {
        let list = TextList(keys)
        let sql = """
            SELECT dataset_id, name, digest, created_time, last_update_time, created_by, last_updated_by, schema, profile
            FROM evaluation_datasets WHERE dataset_id IN \(list.sql) ORDER BY dataset_id
            """
        let experiments = """
            SELECT source_id, destination_id FROM entity_associations WHERE source_id IN \(list.sql)
            AND source_type = 'evaluation_dataset' AND destination_type = 'experiment' ORDER BY source_id, created_time, destination_id
            """
        return try await database.read { connection in
            var found = try connection.found(sql, list, EvaluationDataset.init(source:))
            let tags = try connection.texts("evaluation_dataset_tags", "dataset_id", list)
            for place in found.indices { found[place].tags = tags[found[place].id] ?? [] }
            let links = Dictionary(grouping: try connection.found(experiments, list) { ($0.text(0), $0.text(1)) }, by: \.0)
            let records = Dictionary(grouping: try self.records(list, connection), by: \.dataset)
            let byKey = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            return try .reading(.evaluationDatasets, keys) { key in
                guard let dataset = byKey[key] else { return nil }
                return SourceEvaluationDataset(
                    dataset: dataset, experiments: (links[key] ?? []).map(\.1), records: try (records[key] ?? []).map { try $0.record() })
            }
        }
    }

    private func records(_ list: TextList, _ connection: any SQLConnection) throws -> [RecordSourceRow] {
        let sql = """
            SELECT dataset_id, dataset_record_id, inputs, \(tables.column("evaluation_dataset_records", "outputs")), expectations, tags,
                source, created_time, last_update_time, created_by, last_updated_by
            FROM evaluation_dataset_records WHERE dataset_id IN \(list.sql) ORDER BY dataset_id, created_time, dataset_record_id
            """
        return try connection.found(sql, list, RecordSourceRow.init(row:))
    }
}

extension EvaluationDataset {
    fileprivate init(source row: any SQLRow) {
        self.init(
            id: row.text(0), name: row.text(1), digest: row.text(2), createdAt: row.integer(3), updatedAt: row.integer(4),
            createdBy: row.optionalText(5), updatedBy: row.optionalText(6), schema: row.optionalText(7), profile: row.optionalText(8))
    }
}

/// A row of `evaluation_dataset_records`, whose texts of JSON are still to be read.
private struct RecordSourceRow: Sendable {
    /// Under which MLflow keeps outputs, since they need not be objects.
    private static let wrapper = "mlflow_wrapped"

    let dataset: String
    private let id: String
    private let texts: [String?]
    private let times: (created: Int64, updated: Int64)
    private let users: (created: String?, updated: String?)

    init(row: any SQLRow) {
        (dataset, id) = (row.text(0), row.text(1))
        texts = (2...6).map { row.optionalText($0) }
        times = (row.integer(7), row.integer(8))
        users = (row.optionalText(9), row.optionalText(10))
    }

    /// - Throws: `invalidInput` where a text is no JSON.
    func record() throws -> EvaluationRecord {
        let values = try texts.map {
            try $0.map { try PythonValue(parsing: $0, as: "the record '\(id)'") }.flatMap { $0 == .null ? nil : $0 }
        }
        let outputs = values[1].map { $0[Self.wrapper] ?? $0 }.flatMap { $0 == .null ? nil : $0 }
        return EvaluationRecord(
            id: id, dataset: dataset, inputs: values[0] ?? [:], outputs: outputs, expectations: values[2], tags: values[3] ?? [:],
            source: values[4], createdAt: times.created, updatedAt: times.updated, createdBy: users.created, updatedBy: users.updated)
    }
}
