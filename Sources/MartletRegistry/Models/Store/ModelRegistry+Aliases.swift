import MartletStore

extension ModelRegistry {
    /// - Throws: where no version may have an alias of this name.
    package static func check(newAlias alias: String) throws { try ModelRules.check(newAlias: alias) }

    /// Makes an alias stand for a version; one that stood for another version is moved.
    package func setAlias(_ alias: String, to id: ModelVersionID, note: ChangeNote = ChangeNote()) async throws {
        try ModelRules.check(name: id.model)
        try ModelRules.check(newAlias: alias)
        try await write(note) { session, stamp in
            let found = try session.version(id)
            let previous = try session.aliasedVersion(alias, of: found.place)
            guard previous?.number != found.number else { return }
            try session.connection.execute(
                """
                INSERT INTO registered_model_aliases (model, alias, version) VALUES (?, ?, ?)
                ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version
                """, [.integer(found.model), .text(alias), .integer(found.number)])
            try session.record(
                .aliasSet, found.place, version: id.version, alias: alias, previous: previous.map { String($0.version.version) },
                present: String(id.version), stamp)
        }
    }

    /// Deletes an alias, where there is one.
    package func deleteAlias(_ alias: String, of name: String, note: ChangeNote = ChangeNote()) async throws {
        try ModelRules.check(name: name)
        try ModelRules.check(alias: alias)
        try await write(note) { session, stamp in
            let place = try session.modelPlace(name)
            guard let found = try session.aliasedVersion(alias, of: place) else { return }
            try session.connection.execute(
                "DELETE FROM registered_model_aliases WHERE model = ? AND alias = ?", [.integer(place.number), .text(alias)])
            try session.record(.aliasDeleted, place, alias: alias, previous: String(found.version.version), stamp)
        }
    }

    /// The version that an alias stands for, with its tags and aliases; `latest` always stands for the highest.
    package func version(alias: String, of name: String) async throws -> ModelVersion {
        try await read { session in try session.complete([session.version(alias: alias, of: name)], withAliases: true)[0] }
    }
}

// MARK: - Within a read or write

extension TrackingSession {
    func version(alias: String, of name: String) throws -> NumberedVersion {
        try ModelRules.check(name: name)
        try ModelRules.check(alias: alias)
        let place = try modelPlace(name)
        if ModelRules.isLatest(alias) {
            guard let latest = try latestVersion(of: place) else {
                throw TrackingFault(.resourceDoesNotExist, "Latest version not found for model \(name).")
            }
            return latest
        }
        guard let found = try aliasedVersion(alias, of: place) else {
            throw TrackingFault(.invalidParameterValue, "Registered model alias \(alias) not found.")
        }
        return found
    }

    /// The highest version of any stage.
    func latestVersion(of place: ModelPlace) throws -> NumberedVersion? {
        try connection.first(
            """
            SELECT \(NumberedVersion.columns) FROM model_versions AS v JOIN registered_models AS m ON m.number = v.model
            WHERE v.model = ? ORDER BY v.version DESC LIMIT 1
            """, [.integer(place.number)], NumberedVersion.init(row:))
    }

    fileprivate func aliasedVersion(_ alias: String, of place: ModelPlace) throws -> NumberedVersion? {
        try connection.first(Self.aliasQuery, [.integer(place.number), .text(alias)], NumberedVersion.init(row:))
    }

    static let aliasQuery = """
        SELECT \(NumberedVersion.columns) FROM registered_model_aliases AS a JOIN model_versions AS v ON v.number = a.version
        JOIN registered_models AS m ON m.number = a.model WHERE a.model = ? AND a.alias = ?
        """
}
