import MartletStore

/// What a client tells of a run that it begins.
package struct RunDraft: Sendable, Equatable {
    package var experiment: Int64
    /// Made up where there is none, or an empty one.
    package var name: String?
    package var user: String
    /// Milliseconds since 1970 UTC; 0 where the client tells none.
    package var startedAt: Int64
    /// Taken as they are: MLflow looks at tags later only.
    package var tags: [KeyedText]

    /// Makes one.
    package init(experiment: Int64, name: String? = nil, user: String = "", startedAt: Int64 = 0, tags: [KeyedText] = []) {
        self.experiment = experiment
        self.name = name
        self.user = user
        self.startedAt = startedAt
        self.tags = tags
    }
}

/// What a client changes of a run; what is `nil` stays.
package struct RunChange: Sendable, Equatable {
    package var status: TrackedRun.Status?
    package var endedAt: Int64?
    /// An empty one changes nothing.
    package var name: String?

    /// Makes one.
    package init(status: TrackedRun.Status? = nil, endedAt: Int64? = nil, name: String? = nil) {
        self.status = status
        self.endedAt = endedAt
        self.name = name
    }
}

extension TrackingStore {
    /// The tag that holds a run's name too.
    package static let nameTag = "mlflow.runName"

    /// Begins a run.
    package func createRun(_ draft: RunDraft) async throws -> TrackedRun {
        let id = makeID()
        let isNamed = draft.name?.isEmpty == false
        let generated = isNamed ? "" : withRandomness { RunName.random(&$0) }
        return try await write { try $0.createRun(draft, id: id, generatedName: generated) }
    }

    /// Begins a run under an id of the caller's, or goes on with the one that is there, so that work that was cut off keeps its run.
    /// - Parameter id: 32 lower-case hexadecimal digits.
    package func resumeRun(_ id: String, _ draft: RunDraft) async throws {
        try await write { session in
            guard try session.connection.exists("SELECT 1 FROM tracked_runs WHERE id = ?", [.text(id)]) else {
                _ = try session.createRun(draft, id: id, generatedName: id)
                return
            }
            try session.connection.execute(
                "UPDATE tracked_runs SET status = ?, ended_at = NULL, stage = ?, deleted_at = NULL WHERE id = ?",
                [.integer(Int64(TrackedRun.Status.running.rawValue)), .stage(.active), .text(id)])
        }
    }

    /// A run, active or deleted, with all that it logged.
    package func run(_ id: String) async throws -> TrackedRun {
        try await read { session in
            let run = try session.connection.first(
                "SELECT \(NumberedRun.columns) FROM tracked_runs AS r WHERE r.id = ?", [.text(id)], NumberedRun.init(row:))
            guard let run else { throw TrackingFault.noRun(id) }
            return try session.complete([run], withModelInputs: true)[0]
        }
    }

    /// Changes an active run. - Returns: what it is then.
    package func updateRun(_ id: String, _ change: RunChange) async throws -> TrackedRun.Info {
        try await write { session in
            let place = try session.activeRunPlace(id)
            let name = change.name.flatMap { $0.isEmpty ? nil : $0 }
            if let name { try session.setTag(KeyedText(Self.nameTag, name), place) }
            try session.connection.execute(
                "UPDATE tracked_runs SET status = COALESCE(?, status), ended_at = COALESCE(?, ended_at) WHERE number = ?",
                [.optional(change.status.map { Int64($0.rawValue) }), .optional(change.endedAt), .integer(place.number)])
            let run = try session.connection.first(
                "SELECT \(NumberedRun.columns) FROM tracked_runs AS r WHERE r.id = ?", [.text(id)], NumberedRun.init(row:))
            guard let run else { throw TrackingFault.noRun(id) }
            return run.info
        }
    }

    /// Deletes a run, which can be restored. One that is deleted is deleted anew.
    package func deleteRun(_ id: String) async throws { try await moveRun(id, to: .deleted, at: now) }

    /// Restores a run, also one that is active.
    package func restoreRun(_ id: String) async throws { try await moveRun(id, to: .active, at: nil) }

    private func moveRun(_ id: String, to stage: LifecycleStage, at time: Int64?) async throws {
        try await write { session in
            let place = try session.runPlace(id)
            try session.connection.execute(
                "UPDATE tracked_runs SET stage = ?, deleted_at = ? WHERE number = ?",
                [.stage(stage), .optional(time), .integer(place.number)])
        }
    }
}

// MARK: - Within a read or write

extension TrackingSession {
    func createRun(_ draft: RunDraft, id: String, generatedName: String) throws -> TrackedRun {
        let experiment = try activeExperimentLocation(draft.experiment)
        let (name, tags) = try Self.nameAndTags(of: draft, generatedName: generatedName)
        var seen: Set<ExactText> = []
        guard tags.allSatisfy({ seen.insert(ExactText($0.key)).inserted }) else {
            throw TrackingFault.repeatedRow("tags", ["key", "run_uuid"])
        }
        let info = TrackedRun.Info(
            id: id, experiment: draft.experiment, name: name, user: draft.user, status: .running, startedAt: draft.startedAt, endedAt: nil,
            artifactURI: ArtifactLocation(experiment).artifacts(ofRun: id), stage: .active)
        let number = try insert(info)
        for tag in tags { try insertTag(tag, number) }
        var run = TrackedRun(info)
        run.tags = tags
        return run
    }

    /// The artifact location of an active experiment.
    func activeExperimentLocation(_ id: Int64) throws -> String {
        let found = try connection.first("SELECT stage, artifact_location FROM tracked_experiments WHERE id = ?", [.integer(id)]) { row in
            (stage: row.stage(0), location: row.text(1))
        }
        guard let found else { throw TrackingFault.noExperiment(id) }
        if found.stage == .deleted { try requireActiveExperiment(id) }
        return found.location
    }

    /// - Returns: the run's number.
    func insert(_ info: TrackedRun.Info, deletedAt: Int64? = nil) throws -> Int64 {
        let number = try connection.first(
            """
            INSERT INTO tracked_runs (id, experiment, name, user_name, status, started_at, ended_at, artifact_uri, stage, deleted_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .text(info.id), .integer(info.experiment), .text(info.name), .text(info.user), .integer(Int64(info.status.rawValue)),
                .integer(info.startedAt), .optional(info.endedAt), .text(info.artifactURI), .stage(info.stage), .optional(deletedAt),
            ]
        ) { $0.integer(0) }
        guard let number else { throw TrackingFault(.internalError, "the database gave run '\(info.id)' no number; try again") }
        return number
    }

    /// A name comes from the request, the tag or chance; a tag without a value does not count, and is there twice then.
    private static func nameAndTags(of draft: RunDraft, generatedName: String) throws -> (String, [KeyedText]) {
        let tagged = draft.tags.last { $0.key == TrackingStore.nameTag }?.value ?? ""
        let given = draft.name ?? ""
        if !given.isEmpty, !tagged.isEmpty, given != tagged {
            throw TrackingFault(
                .invalidParameterValue,
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='\(given)', "
                    + "mlflow.runName='\(tagged)').")
        }
        let name = !given.isEmpty ? given : !tagged.isEmpty ? tagged : generatedName
        return (name, tagged.isEmpty ? draft.tags + [KeyedText(TrackingStore.nameTag, name)] : draft.tags)
    }

    /// A tag of a run that has none of that key.
    func insertTag(_ tag: KeyedText, _ run: Int64) throws {
        try connection.executeLater(
            "INSERT INTO tracked_run_tags (run, key, value) VALUES (?, ?, ?)",
            [.integer(run), .integer(try keys.makeNumber(of: tag.key)), .text(tag.value)])
    }
}
