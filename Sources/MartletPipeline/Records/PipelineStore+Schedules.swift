package import MartletCore
package import MartletStore

/// What schedules and triggers remember; `ScheduleState` says what survives a crash.
extension PipelineStore {
    /// The states of all schedules and triggers that were ever seen.
    package func schedules() async throws -> [ScheduleName: ScheduleState] { try await database.read(Self.states) }

    /// Changes states, all in one write. Nothing is written where nothing changes.
    /// - Parameter change: may be called twice, and first with states that others change meanwhile.
    @discardableResult
    package func changeSchedules<Value: Sendable>(
        at now: Timestamp, _ change: @escaping @Sendable (inout [ScheduleName: ScheduleState]) throws -> Value
    ) async throws -> Value {
        let before = try await schedules()
        var after = before
        let value = try change(&after)
        guard after != before else { return value }
        return try await database.write { connection in
            let before = try Self.states(connection)
            var after = before
            let value = try change(&after)
            for (name, state) in after.sorted(by: { $0.key < $1.key }) where before[name] != state {
                try connection.execute("DELETE FROM pipeline_schedules WHERE name = ?", [.text(name.description)])
                try connection.execute(
                    "INSERT INTO pipeline_schedules (name, state, changed_at) VALUES (?, ?, ?)",
                    [.text(name.description), .text(try JSONValue(encoding: state).canonicalText), .integer(now.microseconds)])
            }
            return value
        }
    }

    @Sendable private static func states(_ connection: any SQLConnection) throws -> [ScheduleName: ScheduleState] {
        var states: [ScheduleName: ScheduleState] = [:]
        try connection.query("SELECT name, state FROM pipeline_schedules", []) { row in
            guard let name = ScheduleName(row.text(0)) else { return }
            states[name] = try Stored.json(row.text(1), "the state of a schedule").decoded(as: ScheduleState.self)
        }
        return states
    }

    /// The id of the newest run that ended well, of a project whose records are another process's; `nil` where there is none.
    package static func lastDoneRun(of project: String, in records: any SQLReadable) async throws -> String? {
        try await records.read { connection in
            guard try connection.exists("SELECT 1 FROM sqlite_master WHERE name = 'pipeline_runs'") else { return nil }
            return try connection.first(
                "SELECT id FROM pipeline_runs WHERE project = ? AND state = 'done' ORDER BY number DESC LIMIT 1", [.text(project)]
            ) { $0.text(0) }
        }
    }
}
