package import MartletStore

extension ModelRegistry {
    /// What belongs to a change of the registry, so that it is written with it or not at all.
    package typealias AlongWrite = @Sendable (any SQLConnection) throws -> Void

    /// Makes a model without versions. Of tags with one key the last counts.
    /// - Parameter along: what is written in the same transaction.
    package func createModel(
        _ name: String, description: String? = nil, tags: [KeyedText] = [], note: ChangeNote = ChangeNote(),
        along: AlongWrite? = nil
    ) async throws -> RegisteredModel {
        try ModelRules.check(name: name)
        for tag in tags { try ModelRules.check(modelTag: tag) }
        return try await write(note) { session, stamp in
            let number = try session.connection.first(
                """
                INSERT INTO registered_models (name, description, created_at, updated_at, version_count) VALUES (?, ?, ?, ?, 0)
                ON CONFLICT DO NOTHING RETURNING number
                """,
                [.text(name), .optional(description), .integer(stamp.now), .integer(stamp.now)]
            ) { $0.integer(0) }
            guard let number else { throw try session.taken(name, tags) }
            for tag in tags { try session.setModelTag(tag, number) }
            try session.record(.modelCreated, ModelPlace(number, name), stamp)
            try along?(session.connection)
            return try session.model(name)
        }
    }

    /// A model with its latest versions, tags and aliases.
    package func model(_ name: String) async throws -> RegisteredModel { try await read { try $0.model(name) } }

    /// Gives a model another description, or none.
    package func updateModel(_ name: String, description: String?) async throws -> RegisteredModel {
        let now = tracking.now
        return try await tracking.write { session in
            let place = try session.modelPlace(name)
            try session.connection.execute(
                "UPDATE registered_models SET description = ?, \(session.connection.changedAt) WHERE number = ?",
                [.optional(description), .integer(now), .integer(place.number)])
            return try session.model(name)
        }
    }

    /// Gives a model another name; its versions, tags, aliases and history stay with it.
    /// - Parameter along: what is written in the same transaction.
    package func renameModel(
        _ name: String, to newName: String, note: ChangeNote = ChangeNote(), along: AlongWrite? = nil
    ) async throws -> RegisteredModel {
        try ModelRules.check(name: newName, field: "new_name")
        defer { knownNames.forget() }
        return try await write(note) { session, stamp in
            let place = try session.modelPlace(name)
            if !name.utf8.elementsEqual(newName.utf8) {
                guard try session.optionalModelPlace(newName) == nil else { throw Self.renamedToTaken(newName) }
                try session.record(.modelRenamed, place, previous: name, present: newName, stamp)
            }
            try session.connection.execute(
                "UPDATE registered_models SET name = ?, \(session.connection.changedAt) WHERE number = ?",
                [.text(newName), .integer(stamp.now), .integer(place.number)])
            try session.connection.execute(
                "UPDATE model_versions SET \(session.connection.changedAt) WHERE model = ?", [.integer(stamp.now), .integer(place.number)])
            try along?(session.connection)
            return try session.model(newName)
        }
    }

    private static func renamedToTaken(_ name: String) -> TrackingFault {
        TrackingFault(
            .resourceAlreadyExists,
            "Registered Model (name=\(name)) already exists. Error: (sqlite3.IntegrityError) UNIQUE constraint failed: "
                + "registered_models.workspace, registered_models.name")
    }

    /// Deletes a model with its versions, tags and aliases; its history stays. The name may be used again, and versions then begin anew.
    /// - Parameter along: what is written in the same transaction.
    package func deleteModel(_ name: String, note: ChangeNote = ChangeNote(), along: AlongWrite? = nil) async throws {
        defer { knownNames.forget() }
        try await write(note) { session, stamp in
            let place = try session.modelPlace(name)
            try session.recordEnd(of: place, stamp)
            for sql in Self.deletions { try session.connection.execute(sql, [.integer(place.number)]) }
            try along?(session.connection)
        }
    }

    private static let deletions = [
        "DELETE FROM registered_model_aliases WHERE model = ?",
        "DELETE FROM model_version_tags WHERE version IN (SELECT number FROM model_versions WHERE model = ?)",
        "DELETE FROM model_versions WHERE model = ?",
        "DELETE FROM registered_model_tags WHERE model = ?",
        "DELETE FROM registered_models WHERE number = ?",
    ]

    /// The highest version of each of some stages, with its aliases, by version.
    /// - Parameter stages: MLflow's words; all four where there are none.
    package func latestVersions(of name: String, stages: [String] = []) async throws -> [ModelVersion] {
        try await read { try $0.latestVersions(of: name, stages: stages) }
    }
}

/// A model within the tables.
struct ModelPlace: Sendable {
    let number: Int64
    let name: String

    init(_ number: Int64, _ name: String) {
        self.number = number
        self.name = name
    }
}

// MARK: - Within a read or write

extension TrackingSession {
    func optionalModelPlace(_ name: String) throws -> ModelPlace? {
        try connection.first("SELECT number FROM registered_models WHERE name = ?", [.text(name)]) { ModelPlace($0.integer(0), name) }
    }

    func modelPlace(_ name: String) throws -> ModelPlace {
        try ModelRules.check(name: name)
        guard let place = try optionalModelPlace(name) else {
            throw TrackingFault.noModel(name)
        }
        return place
    }

    func model(_ name: String) throws -> RegisteredModel {
        let place = try modelPlace(name)
        let sql = "SELECT \(NumberedModel.columns) FROM registered_models AS m WHERE m.number = ?"
        return try complete(connection.all(sql, [.integer(place.number)], NumberedModel.init(row:)))[0]
    }

    fileprivate func taken(_ name: String, _ tags: [KeyedText]) throws -> TrackingFault {
        let isTakenByPrompt = try connection.exists(
            """
            SELECT 1 FROM registered_models AS m JOIN registered_model_tags AS t ON t.model = m.number
            WHERE m.name = ? AND t.key = ?
            """, [.text(name), .text(PromptRules.tag)])
        return PromptRules.taken(name, byPrompt: isTakenByPrompt, tags: tags)
    }

    func latestVersions(of name: String, stages: [String] = []) throws -> [ModelVersion] {
        let place = try modelPlace(name)
        let wanted = stages.isEmpty ? ModelStage.allCases : try stages.map { try ModelStage(named: $0) }
        let found = try latestVersions(NumberList.lists(of: [place.number])[0]).filter { wanted.contains($0.version.stage) }
        return try complete(found, withAliases: true)
    }

    /// The highest version of each stage of some models: each is looked up in an index.
    private func latestVersions(_ models: NumberList) throws -> [NumberedVersion] {
        try connection.all(Self.latestQuery(models.placeholders), models.values, NumberedVersion.init(row:))
    }

    /// Joined in the order that is written, as SQLite would otherwise look at all versions to have them sorted.
    static func latestQuery(_ placeholders: String) -> String {
        """
        SELECT \(NumberedVersion.columns) FROM registered_models AS m CROSS JOIN (VALUES (0), (1), (2), (3)) AS s
        CROSS JOIN model_versions AS v
        WHERE m.number IN (\(placeholders)) AND v.model = m.number AND v.stage = s.column1 AND v.version = (
            SELECT MAX(o.version) FROM model_versions AS o WHERE o.model = m.number AND o.stage = s.column1
        ) ORDER BY m.number, v.version
        """
    }

    /// The models with their latest versions, tags and aliases, in the same order.
    func complete(_ models: [NumberedModel]) throws -> [RegisteredModel] {
        var complete = models.map(\.model)
        let places = Dictionary(models.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        for list in NumberList.lists(of: models.map(\.number)) {
            let versions = try latestVersions(list)
            for (found, version) in zip(versions, try self.complete(versions, withAliases: false)) {
                if let place = places[found.model] { complete[place].latestVersions.append(version) }
            }
            let tags = "SELECT model, key, value FROM registered_model_tags WHERE model IN (\(list.placeholders)) ORDER BY model, key"
            try connection.query(tags, list.values) { row in
                if let place = places[row.integer(0)] { complete[place].tags.append(KeyedText(row.text(1), row.text(2))) }
            }
            let aliases = """
                SELECT a.model, a.alias, v.version FROM registered_model_aliases AS a JOIN model_versions AS v ON v.number = a.version
                WHERE a.model IN (\(list.placeholders)) ORDER BY a.model, a.alias
                """
            try connection.query(aliases, list.values) { row in
                if let place = places[row.integer(0)] { complete[place].aliases.append(ModelAlias(row.text(1), version: row.integer(2))) }
            }
        }
        return complete
    }
}

/// A model as it is read: its number in the tables, and what it is.
struct NumberedModel {
    static let columns = "m.number, m.name, m.description, m.created_at, m.updated_at"

    let number: Int64
    let model: RegisteredModel

    /// Reads `columns`.
    init(row: any SQLRow) {
        number = row.integer(0)
        model = RegisteredModel(
            name: row.text(1), description: row.optionalText(2), createdAt: row.integer(3), updatedAt: row.integer(4))
    }
}
