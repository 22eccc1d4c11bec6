import MartletStore

/// Logged models within a read or write; the registry of models reads and tags them in its own.
extension TrackingSession {
    // MARK: Reading

    /// A model with all that it has.
    func loggedModel(_ id: String, withDeleted: Bool = false) throws -> LoggedModel {
        let found = try connection.first("SELECT \(NumberedLoggedModel.columns) FROM logged_models AS m WHERE m.id = ?", [.text(id)]) {
            NumberedLoggedModel(row: $0)
        }
        guard let found, withDeleted || found.model.stage == .active else { throw TrackingFault.noLoggedModel(id) }
        return try complete([found])[0]
    }

    /// The number of a model, active or deleted.
    func loggedModelNumber(_ id: String) throws -> Int64 {
        let number = try connection.first("SELECT number FROM logged_models WHERE id = ?", [.text(id)]) { $0.integer(0) }
        guard let number else { throw TrackingFault.noLoggedModel(id) }
        return number
    }

    /// The models with all that they have, in the same order: one query for each table and page.
    func complete(_ models: [NumberedLoggedModel]) throws -> [LoggedModel] {
        var complete = models.map(\.model)
        let places = Dictionary(models.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        for list in NumberList.lists(of: models.map(\.number)) {
            try addTexts("logged_model_parameters", list) { model, text in places[model].map { complete[$0].parameters.append(text) } }
            try addTexts("logged_model_tags", list) { model, text in places[model].map { complete[$0].tags.append(text) } }
            let sql = """
                SELECT model, key, value, at, step, run, dataset_name, dataset_digest FROM logged_model_metrics
                WHERE model IN (\(list.placeholders)) ORDER BY model, key, at, step, run
                """
            try connection.query(sql, list.values) { row in
                if let place = places[row.integer(0)] { complete[place].metrics.append(LoggedModelMetric(row: row)) }
            }
        }
        return complete
    }

    private func addTexts(_ table: String, _ list: NumberList, _ add: (Int64, KeyedText) -> Void?) throws {
        let sql = "SELECT model, key, value FROM \(table) WHERE model IN (\(list.placeholders)) ORDER BY model, key"
        try connection.query(sql, list.values) { row in _ = add(row.integer(0), KeyedText(row.text(1), row.text(2))) }
    }

    // MARK: Writing

    /// - Returns: the model's number.
    func insert(_ model: LoggedModel) throws -> Int64 {
        let number = try connection.first(
            """
            INSERT INTO logged_models (id, experiment, name, artifact_uri, created_at, updated_at, status, stage, type, source_run)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .text(model.id), .integer(model.experiment), .text(model.name), .text(model.artifactURI), .integer(model.createdAt),
                .integer(model.updatedAt), .integer(Int64(model.status.rawValue)), .stage(model.stage), .text(model.type),
                .text(model.sourceRun),
            ]
        ) { $0.integer(0) }
        guard let number else { throw TrackingFault(.internalError, "the database gave model '\(model.id)' no number; try again") }
        return number
    }

    func insert(parameters: [KeyedText], _ model: Int64) throws {
        for parameter in parameters {
            let count = try connection.execute(
                "INSERT INTO logged_model_parameters (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.integer(model), .text(parameter.key), .text(parameter.value)])
            guard count > 0 else { throw TrackingFault.repeatedRow("logged_model_params", ["model_id", "param_key"]) }
        }
    }

    /// - Returns: whether the model did not have a tag of that key.
    func insert(tag: KeyedText, _ model: Int64) throws -> Bool {
        try connection.execute(
            "INSERT INTO logged_model_tags (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [.integer(model), .text(tag.key), .text(tag.value)]) > 0
    }

    func set(tag: KeyedText, _ model: Int64) throws {
        try connection.execute(
            """
            INSERT INTO logged_model_tags (model, key, value) VALUES (?, ?, ?)
            ON CONFLICT (model, key) DO UPDATE SET value = excluded.value
            """,
            [.integer(model), .text(tag.key), .text(tag.value)])
    }
}

/// A model as it is read: its number in the tables, and what it is without what hangs on it.
struct NumberedLoggedModel {
    static let columns =
        "m.number, m.id, m.experiment, m.name, m.artifact_uri, m.created_at, m.updated_at, m.status, m.stage, m.type, m.source_run"

    let number: Int64
    let model: LoggedModel

    /// Reads `columns`.
    init(row: any SQLRow) {
        number = row.integer(0)
        model = LoggedModel(
            id: row.text(1), experiment: row.integer(2), name: row.text(3), artifactURI: row.text(4), createdAt: row.integer(5),
            updatedAt: row.integer(6), status: LoggedModel.Status(rawValue: Int(truncatingIfNeeded: row.integer(7))) ?? .unspecified,
            stage: row.stage(8), type: row.text(9), sourceRun: row.text(10))
    }
}

extension LoggedModelMetric {
    /// Reads what stands behind a model's number.
    fileprivate init(row: any SQLRow) {
        self.init(
            LoggedMetric(row.text(1), row.real(2), at: row.integer(3), step: row.integer(4)), run: row.text(5),
            dataset: Dataset(name: row.optionalText(6), digest: row.optionalText(7)))
    }
}
