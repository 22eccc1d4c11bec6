package import MartletStore

extension TrackingStore {
    /// The longest name of an experiment, and value of its tags, in code points.
    package static let experimentNameLengthMax = 500
    package static let experimentTagValueLengthMax = 20_000
    /// The identifier that a text means, as Python's `int` reads it.
    package static func experimentID(parsing text: String) throws(TrackingFault) -> Int64 {
        guard let id = PythonText.integer(text) else {
            throw TrackingFault(.invalidParameterValue, "Invalid experiment ID '\(text)'. Experiment ID must be a valid integer.")
        }
        return id
    }

    /// Makes an experiment. - Returns: its identifier.
    /// - Parameter along: what is written in the same transaction, of the new experiment.
    package func createExperiment(
        name: String, artifactLocation: String? = nil, tags: [KeyedText] = [],
        along: (@Sendable (Int64, any SQLConnection) throws -> Void)? = nil
    ) async throws -> Int64 {
        var location: String?
        if let artifactLocation, !artifactLocation.isEmpty {
            location = try ArtifactLocation(artifactLocation)
                .checked(relativeTo: options.workingFolder, allowedSchemes: options.allowedHostSchemes)
        }
        try KeyRule.checkLength(name, "name", max: Self.experimentNameLengthMax)
        for tag in tags { try Self.check(experimentTag: tag) }
        let (root, time, place) = (options.artifactRoot, now, location)
        return try await write { session in
            let id = try session.createExperiment(name: name, location: place, root: root, tags: tags, at: time)
            try along?(id, session.connection)
            return id
        }
    }

    /// An experiment, active or deleted.
    package func experiment(_ id: Int64) async throws -> Experiment { try await read { try $0.experiment(id) } }

    /// An experiment, active or deleted.
    package func experiment(named name: String) async throws -> Experiment {
        try await read { session in
            guard let experiment = try session.experiments("WHERE name = ?", [.text(name)]).first else {
                throw TrackingFault.noExperiment(named: name)
            }
            return experiment
        }
    }

    /// Gives an active experiment another name.
    package func renameExperiment(_ id: Int64, to name: String) async throws {
        try KeyRule.checkLength(name, "name", max: Self.experimentNameLengthMax)
        let time = now
        try await write { session in
            guard try session.experimentStage(id) == .active else {
                throw TrackingFault(.invalidState, "Cannot rename a non-active experiment.")
            }
            let holder = try session.connection.first("SELECT id FROM tracked_experiments WHERE name = ?", [.text(name)]) { $0.integer(0) }
            guard holder == nil || holder == id else {
                throw TrackingFault.repeatedRow("experiments", ["workspace", "name"])
            }
            try session.connection.execute(
                "UPDATE tracked_experiments SET name = ?, \(session.connection.changedAt) WHERE id = ?",
                [.text(name), .integer(time), .integer(id)])
        }
    }

    /// Deletes an active experiment and all its runs; both can be restored.
    package func deleteExperiment(_ id: Int64) async throws { try await moveExperiment(id, from: .active, to: .deleted) }

    /// Restores a deleted experiment and all its runs, also those that were deleted before it.
    package func restoreExperiment(_ id: Int64) async throws { try await moveExperiment(id, from: .deleted, to: .active) }

    private func moveExperiment(_ id: Int64, from: LifecycleStage, to: LifecycleStage) async throws {
        let time = now
        try await write { session in
            guard try session.optionalExperimentStage(id) == from else { throw TrackingFault.noExperiment(id) }
            try session.connection.execute(
                "UPDATE tracked_experiments SET stage = ?, \(session.connection.changedAt) WHERE id = ?",
                [.stage(to), .integer(time), .integer(id)])
            try session.connection.execute(
                "UPDATE tracked_runs SET stage = ?, deleted_at = ? WHERE experiment = ?",
                [.stage(to), to == .deleted ? .integer(time) : .null, .integer(id)])
        }
    }

    /// Sets a tag; a later value takes the place of an earlier one.
    package func setExperimentTag(_ tag: KeyedText, experiment id: Int64) async throws {
        try Self.check(experimentTag: tag)
        try await write { session in
            try session.requireActiveExperiment(id)
            try session.setExperimentTag(tag, id)
        }
    }

    /// Deletes a tag.
    package func deleteExperimentTag(_ key: String, experiment id: Int64) async throws {
        try await write { session in
            try session.requireActiveExperiment(id)
            let count = try session.connection.execute(
                "DELETE FROM tracked_experiment_tags WHERE experiment = ? AND key = ?", [.integer(id), .text(key)])
            guard count > 0 else {
                throw TrackingFault(.resourceDoesNotExist, "No tag with name: \(key) in experiment with id \(id)")
            }
        }
    }

    private static func check(experimentTag tag: KeyedText) throws(TrackingFault) {
        try KeyRule.check(tag.key, path: "key")
        try KeyRule.checkLength(tag.key, "key")
        try KeyRule.checkLength(tag.value, "value", max: experimentTagValueLengthMax)
        try TraceArchivalRule.check(tag)
    }

    func makeDefaultExperiment() async throws {
        let (time, root) = (now, options.artifactRoot)
        try await write { session in
            guard try session.optionalExperimentStage(0) == nil else { return }
            try session.connection.execute(
                """
                INSERT INTO tracked_experiments (id, name, artifact_location, stage, created_at, updated_at)
                VALUES (0, 'Default', ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [.text(ExperimentPlace.location(of: 0, root: root)), .stage(.active), .integer(time), .integer(time)])
        }
    }
}

extension SQLConnection {
    /// Sets the time of a change to a value: never before the time of the creation, also where the clock went back.
    var changedAt: String { "updated_at = \(dialect == .sqlite ? "MAX" : "GREATEST")(created_at, ?)" }
}

/// Where experiments without a place of their own have their artifacts.
enum ExperimentPlace {
    static func location(of id: Int64, root: String) -> String { root.hasSuffix("/") ? "\(root)\(id)" : "\(root)/\(id)" }
}

extension SQLValue {
    /// A stage as it is stored.
    static func stage(_ stage: LifecycleStage) -> SQLValue { .integer(stage == .active ? 0 : 1) }
}

extension SQLRow {
    func stage(_ column: Int) -> LifecycleStage { integer(column) == 0 ? .active : .deleted }
}

// MARK: - Within a read or write

extension TrackingSession {
    func optionalExperimentStage(_ id: Int64) throws -> LifecycleStage? {
        try connection.first("SELECT stage FROM tracked_experiments WHERE id = ?", [.integer(id)]) { $0.stage(0) }
    }

    func experimentStage(_ id: Int64) throws -> LifecycleStage {
        guard let stage = try optionalExperimentStage(id) else { throw TrackingFault.noExperiment(id) }
        return stage
    }

    func requireActiveExperiment(_ id: Int64) throws {
        guard try experimentStage(id) == .active else {
            throw TrackingFault(
                .invalidParameterValue, "The experiment \(id) must be in the 'active' state. Current state is deleted.")
        }
    }

    func experiment(_ id: Int64) throws -> Experiment {
        guard let experiment = try experiments("WHERE id = ?", [.integer(id)]).first else { throw TrackingFault.noExperiment(id) }
        return experiment
    }

    /// Experiments with their tags. - Parameter rest: what stands behind the table, from a small set of texts.
    func experiments(_ rest: String, _ values: [SQLValue]) throws -> [Experiment] {
        var experiments = try connection.all(
            "SELECT \(Experiment.columns) FROM tracked_experiments AS e \(rest)", values, Experiment.init(row:))
        try addTags(to: &experiments)
        return experiments
    }

    func addTags(to experiments: inout [Experiment]) throws {
        let places = Dictionary(experiments.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        for list in NumberList.lists(of: experiments.map(\.id)) {
            let sql =
                "SELECT experiment, key, value FROM tracked_experiment_tags WHERE experiment IN (\(list.placeholders)) ORDER BY number"
            try connection.query(sql, list.values) { row in
                guard let place = places[row.integer(0)] else { return }
                experiments[place].tags.append(KeyedText(row.text(1), row.text(2)))
            }
        }
    }

    func createExperiment(name: String, location: String?, root: String, tags: [KeyedText], at time: Int64) throws -> Int64 {
        let exists = TrackingFault(
            .resourceAlreadyExists,
            "Experiment(name=\(name)) already exists. Error: (sqlite3.IntegrityError) UNIQUE constraint failed: "
                + "experiments.workspace, experiments.name")
        guard Set(tags.map { ExactText($0.key) }).count == tags.count else { throw exists }
        // An insertion that comes to nothing would use up a number in PostgreSQL.
        guard try !connection.exists("SELECT 1 FROM tracked_experiments WHERE name = ?", [.text(name)]) else { throw exists }
        let id = try connection.first(
            """
            INSERT INTO tracked_experiments (name, artifact_location, stage, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING RETURNING id
            """,
            [.text(name), .text(location ?? ""), .stage(.active), .integer(time), .integer(time)]
        ) { $0.integer(0) }
        guard let id else { throw exists }
        if location == nil {
            try connection.execute(
                "UPDATE tracked_experiments SET artifact_location = ? WHERE id = ?",
                [.text(ExperimentPlace.location(of: id, root: root)), .integer(id)])
        }
        for tag in tags { try setExperimentTag(tag, id) }
        return id
    }

    func setExperimentTag(_ tag: KeyedText, _ id: Int64) throws {
        try connection.execute(
            """
            INSERT INTO tracked_experiment_tags (experiment, key, value) VALUES (?, ?, ?)
            ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value
            """,
            [.integer(id), .text(tag.key), .text(tag.value)])
    }
}

extension Experiment {
    static let columns = "e.id, e.name, e.artifact_location, e.stage, e.created_at, e.updated_at"

    /// Reads `columns`.
    init(row: any SQLRow) {
        self.init(
            id: row.integer(0), name: row.text(1), artifactLocation: row.text(2), stage: row.stage(3), createdAt: row.integer(4),
            updatedAt: row.integer(5))
    }
}
