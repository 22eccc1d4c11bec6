import GRDB
package import MartletCore

extension RecordStore {
    /// The most parameters or metrics that one call logs.
    package static let logCountMax = 10_000
    /// The most runs that one call returns.
    package static let runCountMax = 10_000

    /// The experiments' names, in the order of their names.
    package func experiments() throws -> [String] {
        try read { try String.fetchAll($0, sql: "SELECT name FROM experiments ORDER BY name") }
    }

    /// Starts a run, and its experiment where that is new.
    /// - Throws: `conflict` where the identifier is taken.
    package func createRun(experiment: String, name: String, id: String, at time: Timestamp) throws -> Run {
        try write { database in
            guard try Self.run(id, database) == nil else {
                throw MartletError(.conflict, "there is a run '\(id)' already; choose another identifier")
            }
            try database.execute(
                sql: "INSERT OR IGNORE INTO experiments (name, created_at) VALUES (?, ?)",
                arguments: [experiment, time.microseconds]
            )
            try database.execute(
                sql: "INSERT INTO runs (id, experiment, name, status, started_at) VALUES (?, ?, ?, 'running', ?)",
                arguments: [id, experiment, name, time.microseconds]
            )
            return try Self.existingRun(id, database)
        }
    }

    /// Ends a run. Ending it again with the same status changes nothing.
    /// - Throws: `invalidInput` for `running`, `notFound`, `conflict` where it ended otherwise.
    package func finish(run id: String, status: Run.Status, at time: Timestamp) throws {
        guard status != .running else {
            throw MartletError(.invalidInput, "run '\(id)' cannot end as 'running'; give finished, failed or killed")
        }
        try write { database in
            let run = try Self.existingRun(id, database)
            guard run.status == .running || run.status == status else {
                throw MartletError(
                    .conflict, "run '\(id)' ended as '\(run.status)' and cannot end as '\(status)'; start a new run"
                )
            }
            try database.execute(
                sql: "UPDATE runs SET status = ?, ended_at = ? WHERE id = ? AND status = 'running'",
                arguments: [status.rawValue, time.microseconds, id]
            )
        }
    }

    /// A run; `nil` where there is none.
    package func run(_ id: String) throws -> Run? { try read { try Self.run(id, $0) } }

    /// The runs of an experiment, the newest first, at most `limit` and `runCountMax`.
    package func runs(experiment: String, limit: Int) throws -> [Run] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM runs WHERE experiment = ? ORDER BY sequence DESC LIMIT ?",
                arguments: [experiment, min(max(0, limit), Self.runCountMax)]
            ).map(Run.init(row:))
        }
    }

    static func run(_ id: String, _ database: Database) throws -> Run? {
        try Row.fetchOne(database, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id]).map(Run.init(row:))
    }

    @discardableResult
    static func existingRun(_ id: String, _ database: Database) throws -> Run {
        guard let run = try run(id, database) else {
            throw MartletError(.notFound, "there is no run '\(id)'; create it first")
        }
        return run
    }
}

extension Run {
    fileprivate init(row: Row) throws {
        let status = try row.text("status")
        guard let known = Status(rawValue: status) else {
            throw MartletError(
                .corrupt, "stored run status: expected one of \(Status.allCases), found '\(status.prefix(80))'"
            )
        }
        self.init(
            id: try row.text("id"), experiment: try row.text("experiment"), name: try row.text("name"), status: known,
            startedAt: try row.time("started_at"), endedAt: try row.optionalTime("ended_at")
        )
    }
}
