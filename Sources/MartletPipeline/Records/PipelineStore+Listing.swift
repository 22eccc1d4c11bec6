package import MartletCore
import MartletStore

/// What people and reports ask of the records.
extension PipelineStore {
    static let runColumns = "id, project, cause, steps, state, started_at, ended_at, sources, manifest, message, machine"

    /// The newest runs first.
    package func runs(limit: Int = listCountMax) async throws -> [RunRecord] {
        try await database.read { connection in
            try connection.all(
                "SELECT \(Self.runColumns) FROM pipeline_runs ORDER BY number DESC LIMIT ?",
                [.integer(Int64(min(limit, Self.listCountMax)))]
            ) { try RunRecord($0) }
        }
    }

    /// The run of an id or its beginning. - Throws: `invalidInput` where it is the beginning of several.
    package func run(_ beginning: String) async throws -> RunRecord? {
        let runs = try await database.read { connection in
            try connection.all(
                "SELECT \(Self.runColumns) FROM pipeline_runs WHERE substr(id, 1, CAST(? AS INTEGER)) = ? ORDER BY number DESC LIMIT 2",
                [.integer(Int64(beginning.count)), .text(beginning)]
            ) { try RunRecord($0) }
        }
        guard runs.count < 2 || runs[0].id == beginning else {
            throw MartletError(.invalidInput, "several runs begin with '\(beginning)'; write more of the one that you mean")
        }
        return runs.first
    }

    /// The attempts of a run, in the order in which they began; the first so many where there is a limit.
    package func attempts(ofRun run: String, limit: Int = .max) async throws -> [AttemptRecord] {
        try await attempts("run = ?", [.text(run)], limit: limit)
    }

    /// The attempts that began in a span of time, in the order in which they began, of all runs.
    package func attempts(from start: Timestamp, until end: Timestamp) async throws -> [AttemptRecord] {
        try await attempts("started_at >= ? AND started_at < ?", [.integer(start.microseconds), .integer(end.microseconds)])
    }

    /// The last attempts at a step, the newest first.
    package func attempts(at step: String, limit: Int = 100) async throws -> [AttemptRecord] {
        try await database.read { connection in
            try connection.all(
                "SELECT \(Self.attemptColumns) FROM pipeline_attempts WHERE step = ? ORDER BY number DESC LIMIT ?",
                [.text(step), .integer(Int64(min(limit, Self.listCountMax)))]
            ) { try AttemptRecord($0) }
        }
    }

    private func attempts(_ condition: String, _ values: [SQLValue], limit: Int = .max) async throws -> [AttemptRecord] {
        try await database.read { connection in
            try connection.all(
                "SELECT \(Self.attemptColumns) FROM pipeline_attempts WHERE \(condition) ORDER BY number LIMIT ?",
                values + [.integer(Int64(limit))]
            ) { try AttemptRecord($0) }
        }
    }

    /// What failed for good and was not made since, the oldest first.
    package func deadLetters() async throws -> [DeadLetter] {
        try await database.read { connection in
            try connection.all(
                """
                SELECT step, partition, run, failure, message, at FROM pipeline_dead_letters ORDER BY number LIMIT \(Self.listCountMax)
                """
            ) { row in
                DeadLetter(
                    id: StepID(row.text(0), try StepPartition(stored: row.text(1))), run: row.text(2),
                    failure: StepFailure(StepFailure.Kind(rawValue: row.text(3)) ?? .exit, row.text(4)), at: Stored.time(row, 5))
            }
        }
    }

    /// What caching saved in a span of time: the run, the step and how much.
    package func savings(from start: Timestamp, until end: Timestamp) async throws -> [(
        run: String, step: String, at: Timestamp, saved: SavedUsage
    )] {
        try await database.read { connection in
            try connection.all(
                "SELECT run, step, instances, used, at FROM pipeline_savings WHERE at >= ? AND at < ? ORDER BY number",
                [.integer(start.microseconds), .integer(end.microseconds)]
            ) { row in
                var saved = SavedUsage()
                saved.instances = Int(row.integer(2))
                saved.usage = StepUsage(json: try Stored.json(row.text(3), "a usage"))
                return (row.text(0), row.text(1), Stored.time(row, 4), saved)
            }
        }
    }

    /// All executions of a step and its instances, the newest first.
    package func executions(of step: String, limit: Int = listCountMax) async throws -> [StepExecution] {
        try await database.read { connection in
            try connection.all(
                "SELECT partition, \(Self.executionColumns) FROM pipeline_executions WHERE step = ? ORDER BY number DESC LIMIT ?",
                [.text(step), .integer(Int64(min(limit, Self.listCountMax)))]
            ) { row in try StepExecution(StepID(step, try StepPartition(stored: row.text(0))), ShiftedRow(row, by: 1)) }
        }
    }
}

/// A row without its first columns.
private final class ShiftedRow: SQLRow {
    private let row: any SQLRow
    private let shift: Int

    init(_ row: any SQLRow, by shift: Int) { (self.row, self.shift) = (row, shift) }

    func isNull(_ column: Int) -> Bool { row.isNull(column + shift) }
    func integer(_ column: Int) -> Int64 { row.integer(column + shift) }
    func real(_ column: Int) -> Double { row.real(column + shift) }
    func text(_ column: Int) -> String { row.text(column + shift) }
    func bytes(_ column: Int) -> [UInt8] { row.bytes(column + shift) }
}
