import Foundation
import MartletStore

extension ModelRegistry {
    /// Makes the next version of a model, where its source may be used; see `VersionOrigin`. Of tags with one key the last counts.
    package func createVersion(_ draft: ModelVersionDraft, note: ChangeNote = ChangeNote()) async throws -> ModelVersion {
        try ModelRules.checkLengths(draft)
        try checkPattern(draft.source)
        let isPrompt = PromptRules.isPrompt(draft.tags)
        if isPrompt { try PromptRules.check(source: draft.source) }
        let options = tracking.options
        try ArtifactLocation(draft.source).checkHost(as: "source", allowedSchemes: options.allowedHostSchemes)
        return try await write(note) { [loggedModels] session, stamp in
            var origin = VersionOrigin(draft, session, loggedModels)
            if !isPrompt {
                try origin.resolve()
                try origin.check(relativeTo: options.workingFolder)
            }
            try ModelRules.check(name: draft.model)
            for tag in draft.tags { try ModelRules.check(versionTag: tag) }
            try origin.locate()
            let version = try session.createVersion(draft, from: origin, stamp)
            if !isPrompt, let id = origin.loggedModel, !id.isEmpty {
                try loggedModels?.note(version: version.version, of: draft.model, on: id, in: session)
            }
            return version
        }
    }

    private func checkPattern(_ source: String) throws(TrackingFault) {
        guard let sourcePattern else { return }
        let whole = NSRange(source.startIndex..., in: source)
        guard sourcePattern.firstMatch(in: source, range: whole) != nil else {
            throw TrackingFault(.invalidParameterValue, "Invalid model version source: '\(source)'.")
        }
    }

    /// A version with its tags and aliases.
    package func version(_ id: ModelVersionID) async throws -> ModelVersion { try await read { try $0.completeVersion(id) } }

    /// Where the files of a version are.
    package func downloadURI(of id: ModelVersionID) async throws -> String { try await read { try $0.version(id).location } }

    /// Gives a version another description, or none.
    package func updateVersion(_ id: ModelVersionID, description: String?) async throws -> ModelVersion {
        let now = tracking.now
        return try await tracking.write { session in
            let found = try session.version(id)
            try session.connection.execute(
                "UPDATE model_versions SET description = ?, \(session.connection.changedAt) WHERE number = ?",
                [.optional(description), .integer(now), .integer(found.number)])
            return try session.completeVersion(id)
        }
    }

    /// Moves a version to a stage.
    /// - Parameter archivesOthers: whether the versions that are in that stage go to `archived`; only for `staging` and `production`.
    package func moveVersion(
        _ id: ModelVersionID, to stageName: String, archivesOthers: Bool = false, note: ChangeNote = ChangeNote()
    ) async throws -> ModelVersion {
        let stage = try ModelStage(named: stageName)
        guard !archivesOthers || stage.isActive else {
            throw TrackingFault(
                .invalidParameterValue,
                "Model version transition cannot archive existing model versions because '\(stageName)' is not an Active stage. Valid "
                    + "stages are ['Staging', 'Production']")
        }
        return try await write(note) { session, stamp in
            let found = try session.version(id)
            if archivesOthers { try session.archiveOthers(than: found, in: stage, stamp) }
            try session.move(found, to: stage, stamp)
            return try session.completeVersion(id)
        }
    }

    /// Deletes a version with its tags and aliases; its number is not given again.
    package func deleteVersion(_ id: ModelVersionID, note: ChangeNote = ChangeNote()) async throws {
        try await write(note) { session, stamp in
            let found = try session.version(id)
            for alias in try session.aliases(of: found) {
                try session.record(.aliasDeleted, found.place, alias: alias, previous: String(id.version), stamp)
            }
            try session.record(.versionDeleted, found.place, version: id.version, previous: found.version.source, stamp)
            for sql in Self.deletions { try session.connection.execute(sql, [.integer(found.number)]) }
            try session.touchModel(found.model, stamp)
        }
    }

    private static let deletions = [
        "DELETE FROM registered_model_aliases WHERE version = ?",
        "DELETE FROM model_version_tags WHERE version = ?",
        "DELETE FROM model_versions WHERE number = ?",
    ]
}

// MARK: - Within a read or write

extension TrackingSession {
    func version(_ id: ModelVersionID) throws -> NumberedVersion {
        try ModelRules.check(name: id.model)
        let sql = """
            SELECT \(NumberedVersion.columns) FROM registered_models AS m JOIN model_versions AS v ON v.model = m.number
            WHERE m.name = ? AND v.version = ?
            """
        let found = try connection.first(sql, [.text(id.model), .integer(id.version)], NumberedVersion.init(row:))
        guard let found else { throw id.unknown }
        return found
    }

    func completeVersion(_ id: ModelVersionID) throws -> ModelVersion { try complete([version(id)], withAliases: true)[0] }

    /// The versions with their tags, in the same order.
    func complete(_ versions: [NumberedVersion], withAliases: Bool) throws -> [ModelVersion] {
        var complete = versions.map(\.version)
        let places = Dictionary(versions.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        for list in NumberList.lists(of: versions.map(\.number)) {
            let tags = "SELECT version, key, value FROM model_version_tags WHERE version IN (\(list.placeholders)) ORDER BY version, key"
            try connection.query(tags, list.values) { row in
                if let place = places[row.integer(0)] { complete[place].tags.append(KeyedText(row.text(1), row.text(2))) }
            }
            guard withAliases else { continue }
            let sql =
                "SELECT version, alias FROM registered_model_aliases WHERE version IN (\(list.placeholders)) ORDER BY version, alias"
            try connection.query(sql, list.values) { row in
                if let place = places[row.integer(0)] { complete[place].aliases.append(row.text(1)) }
            }
        }
        return complete
    }

    func touchModel(_ number: Int64, _ stamp: ChangeStamp) throws {
        try connection.execute(
            "UPDATE registered_models SET \(connection.changedAt) WHERE number = ?", [.integer(stamp.now), .integer(number)])
    }

    fileprivate func createVersion(_ draft: ModelVersionDraft, from origin: VersionOrigin, _ stamp: ChangeStamp) throws -> ModelVersion {
        let place = try modelPlace(draft.model)
        let version = try connection.first(
            """
            UPDATE registered_models SET version_count = version_count + 1, \(connection.changedAt) WHERE number = ?
            RETURNING version_count
            """,
            [.integer(stamp.now), .integer(place.number)]
        ) { $0.integer(0) }
        let number = try connection.first(
            """
            INSERT INTO model_versions (
                model, version, created_at, updated_at, description, stage, source, storage, run, run_link, logged_model
            ) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .integer(place.number), .optional(version), .integer(stamp.now), .integer(stamp.now), .optional(draft.description),
                .text(origin.source), .optional(origin.storage), .optional(origin.run), .text(draft.runLink), .optional(origin.loggedModel),
            ]
        ) { $0.integer(0) }
        guard let version, let number else {
            throw TrackingFault(.internalError, "the database gave a version of model '\(draft.model)' no number; try again")
        }
        for tag in draft.tags { try setVersionTag(tag, number) }
        try record(.versionCreated, place, version: version, present: origin.source, stamp)
        return try completeVersion(ModelVersionID(draft.model, version))
    }

    fileprivate func move(_ found: NumberedVersion, to stage: ModelStage, _ stamp: ChangeStamp) throws {
        if found.version.stage != stage {
            try record(
                .stageChanged, found.place, version: found.version.version, previous: found.version.stage.name, present: stage.name, stamp)
        }
        try connection.execute(
            "UPDATE model_versions SET stage = ?, \(connection.changedAt) WHERE number = ?",
            [.integer(stage.rawValue), .integer(stamp.now), .integer(found.number)])
        try touchModel(found.model, stamp)
    }

    fileprivate func archiveOthers(than found: NumberedVersion, in stage: ModelStage, _ stamp: ChangeStamp) throws {
        let others: [SQLValue] = [.integer(found.model), .integer(stage.rawValue), .integer(found.number)]
        try recordEach(
            .stageChanged, of: found.place, version: "v.version", previous: "'\(stage.name)'", present: "'\(ModelStage.archived.name)'",
            from: SQLPart("model_versions AS v WHERE v.model = ? AND v.stage = ? AND v.number <> ? ORDER BY v.version", others), stamp)
        try connection.execute(
            """
            UPDATE model_versions SET stage = \(ModelStage.archived.rawValue), \(connection.changedAt)
            WHERE model = ? AND stage = ? AND number <> ?
            """,
            [.integer(stamp.now)] + others)
    }

    fileprivate func aliases(of found: NumberedVersion) throws -> [String] {
        try connection.all(
            "SELECT alias FROM registered_model_aliases WHERE version = ? ORDER BY alias", [.integer(found.number)]
        ) { $0.text(0) }
    }
}

/// A version as it is read: its number in the tables, and what it is.
struct NumberedVersion {
    /// Of `model_versions AS v` and `registered_models AS m`.
    static let columns = """
        v.number, v.model, m.name, v.version, v.created_at, v.updated_at, v.description, v.stage, v.source, v.storage, v.run, v.run_link,
        m.created_at AS model_created_at
        """

    let number: Int64
    let model: Int64
    let modelCreatedAt: Int64
    let version: ModelVersion
    /// Where its files are.
    let location: String

    /// Reads `columns`.
    init(row: any SQLRow) {
        number = row.integer(0)
        model = row.integer(1)
        version = ModelVersion(
            model: row.text(2), version: row.integer(3), createdAt: row.integer(4), updatedAt: row.integer(5),
            description: row.optionalText(6),
            // No other number is ever written.
            stage: ModelStage(rawValue: row.integer(7)) ?? .unstaged, source: row.text(8), run: row.optionalText(10), runLink: row.text(11))
        location = row.optionalText(9) ?? row.text(8)
        modelCreatedAt = row.integer(12)
    }

    var place: ModelPlace { ModelPlace(model, version.model) }
}
