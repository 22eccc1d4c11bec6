import MartletStore

/// The record of logged models, in the database and the transactions of a tracking store, with MLflow's rules and refusals.
///
/// Its aspects are `LoggedModelStore+Logging` and `+Search`.
/// - Throws: `TrackingFault` for what MLflow refuses, and what the database throws.
package final class LoggedModelStore: Sendable {
    let tracking: TrackingStore

    /// Brings the tables up to date. - Throws: `invalidInput` for a database of a newer martlet.
    package init(_ tracking: TrackingStore) async throws {
        self.tracking = tracking
        try await SQLMigration.migrate(LoggedModelSchema.subject, by: LoggedModelSchema.migrations, in: tracking.database)
    }

    /// Begins to log a model: it is pending until it is finalized.
    package func create(_ draft: LoggedModelDraft) async throws -> LoggedModel {
        if let name = draft.name { try LoggedModelRules.check(name: name) }
        let (id, time) = ("m-" + tracking.makeID(), tracking.now)
        let generated = tracking.withRandomness { RunName.random(&$0) }
        return try await tracking.write { session in
            let location = ArtifactLocation(try session.activeExperimentLocation(draft.experiment))
            var model = LoggedModel(
                id: id, experiment: draft.experiment, name: draft.name ?? generated, artifactURI: location.artifacts(ofModel: id),
                createdAt: time, updatedAt: time, status: .pending, stage: .active, type: draft.type, sourceRun: draft.sourceRun)
            let number = try session.insert(model)
            try session.insert(parameters: draft.parameters, number)
            for tag in draft.tags where try !session.insert(tag: tag, number) {
                throw TrackingFault.repeatedRow("logged_model_tags", ["model_id", "tag_key"])
            }
            model.parameters = draft.parameters.sorted { $0.key < $1.key }
            model.tags = draft.tags.sorted { $0.key < $1.key }
            return model
        }
    }

    /// A model with all that it has. - Parameter withDeleted: whether one that was deleted counts as there.
    package func model(_ id: String, withDeleted: Bool = false) async throws -> LoggedModel {
        try await tracking.read { session in try session.loggedModel(id, withDeleted: withDeleted) }
    }

    /// Gives a model, also a deleted one, its status. - Returns: what it is then.
    package func finalize(_ id: String, _ status: LoggedModel.Status) async throws -> LoggedModel {
        let time = tracking.now
        return try await tracking.write { session in
            try session.connection.execute(
                "UPDATE logged_models SET status = ?, \(session.connection.changedAt) WHERE id = ?",
                [.integer(Int64(status.rawValue)), .integer(time), .text(id)])
            return try session.loggedModel(id, withDeleted: true)
        }
    }

    /// Deletes a model; what it has stays. One that is deleted is deleted anew.
    package func delete(_ id: String) async throws {
        let time = tracking.now
        try await tracking.write { session in
            let count = try session.connection.execute(
                "UPDATE logged_models SET stage = ?, \(session.connection.changedAt) WHERE id = ?",
                [.stage(.deleted), .integer(time), .text(id)])
            guard count > 0 else { throw TrackingFault.noLoggedModel(id) }
        }
    }

    /// Sets tags of a model, also a deleted one; of equal keys the last counts.
    package func setTags(_ tags: [KeyedText], of id: String) async throws {
        try await tracking.write { session in
            let number = try session.loggedModelNumber(id)
            for tag in tags { try session.set(tag: tag, number) }
        }
    }

    /// Deletes a tag of a model, also a deleted one.
    package func deleteTag(_ key: String, of id: String) async throws {
        try await tracking.write { session in
            let count = try session.connection.execute(
                "DELETE FROM logged_model_tags WHERE model = ? AND key = ?", [.integer(try session.loggedModelNumber(id)), .text(key)])
            guard count > 0 else {
                throw TrackingFault(
                    .resourceDoesNotExist,
                    "No tag with key \(PythonText.quoted(key)) found for model with ID \(PythonText.quoted(id)).")
            }
        }
    }

    /// Adds parameters to a model, all or none; one that it has, with whatever value, is refused.
    package func logParameters(_ parameters: [KeyedText], of id: String) async throws {
        try await tracking.write { session in
            try session.insert(parameters: parameters, try session.loggedModelNumber(id))
        }
    }
}

/// What MLflow asks of logged models.
enum LoggedModelRules {
    private static let badCharacters: [Unicode.Scalar] = ["/", ":", ".", "%", "\"", "'"]

    static func check(name: String) throws(TrackingFault) {
        guard name.isEmpty || name.unicodeScalars.contains(where: badCharacters.contains) else { return }
        throw TrackingFault(
            .invalidParameterValue,
            "Invalid model name (\(PythonText.quoted(name))) provided. Model name must be a non-empty string and cannot contain the "
                + "following characters: \(PythonText.tuple(badCharacters.map(String.init)))")
    }
}
