import MartletStore

/// Tags; neither setting nor deleting one is an update of what has it.
extension ModelRegistry {
    /// Whether a model is a prompt; one that does not exist is none.
    package func isPrompt(_ name: String) async throws -> Bool {
        try await read { session in
            let sql = """
                SELECT t.value FROM registered_model_tags AS t JOIN registered_models AS m ON m.number = t.model WHERE m.name = ? AND t.key = ?
                """
            return try session.connection.first(sql, [.text(name), .text(PromptRules.tag)]) { $0.text(0) }?.lowercased() == "true"
        }
    }

    /// Sets a tag; a later value takes the place of an earlier one.
    package func setModelTag(_ tag: KeyedText, model name: String) async throws {
        try ModelRules.check(name: name)
        try ModelRules.check(modelTag: tag)
        try await tracking.write { session in try session.setModelTag(tag, session.modelPlace(name).number) }
    }

    /// Deletes a tag, where there is one.
    package func deleteModelTag(_ key: String, model name: String) async throws {
        try ModelRules.check(name: name)
        try ModelRules.check(tagKey: key)
        try await tracking.write { session in
            let place = try session.modelPlace(name)
            try session.connection.execute(
                "DELETE FROM registered_model_tags WHERE model = ? AND key = ?", [.integer(place.number), .text(key)])
        }
    }

    /// Sets a tag; a later value takes the place of an earlier one.
    package func setVersionTag(_ tag: KeyedText, version id: ModelVersionID) async throws {
        try ModelRules.check(versionTag: tag)
        try await tracking.write { session in try session.setVersionTag(tag, session.version(id).number) }
    }

    /// Deletes a tag, where there is one.
    package func deleteVersionTag(_ key: String, version id: ModelVersionID) async throws {
        try ModelRules.check(tagKey: key)
        try await tracking.write { session in
            let found = try session.version(id)
            try session.connection.execute(
                "DELETE FROM model_version_tags WHERE version = ? AND key = ?", [.integer(found.number), .text(key)])
        }
    }
}

// MARK: - Within a write

extension TrackingSession {
    func setModelTag(_ tag: KeyedText, _ model: Int64) throws { try setTag(tag, "registered_model_tags", "model", model) }

    func setVersionTag(_ tag: KeyedText, _ version: Int64) throws { try setTag(tag, "model_version_tags", "version", version) }

    private func setTag(_ tag: KeyedText, _ table: String, _ owner: String, _ number: Int64) throws {
        try connection.execute(
            """
            INSERT INTO \(table) (\(owner), key, value) VALUES (?, ?, ?)
            ON CONFLICT (\(owner), key) DO UPDATE SET value = excluded.value
            """, [.integer(number), .text(tag.key), .text(tag.value)])
    }
}
