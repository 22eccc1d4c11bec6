import MartletCore
import MartletStore

/// Which attempts there were, for those who look for one.
extension PipelineStore {
    /// The names of all steps that were ever attempted.
    package func attemptedSteps() async throws -> [String] {
        try await database.read { try $0.all("SELECT DISTINCT step FROM pipeline_attempts ORDER BY step") { $0.text(0) } }
    }

    /// The instances of a step that were ever attempted.
    package func attemptedInstances(of step: String) async throws -> [StepID] {
        try await database.read { connection in
            try connection.all("SELECT DISTINCT partition FROM pipeline_attempts WHERE step = ? ORDER BY partition", [.text(step)]) {
                StepID(step, try StepPartition(stored: $0.text(0)))
            }
        }
    }

    /// The newest attempt at a step that fits.
    /// - Parameters:
    ///   - instance: at this instance; any where it is `nil`.
    ///   - run: in this run.
    ///   - number: of this number in its run.
    package func lastAttempt(
        at step: String, instance: StepPartition? = nil, run: String? = nil, number: Int? = nil
    ) async throws -> AttemptRecord? {
        var (condition, values) = ("step = ?", [SQLValue.text(step)])
        if let instance {
            condition += " AND partition = ?"
            values.append(.text(instance.stored))
        }
        if let run {
            condition += " AND run = ?"
            values.append(.text(run))
        }
        if let number {
            condition += " AND attempt = ?"
            values.append(.integer(Int64(number)))
        }
        return try await database.read { [condition, values] connection in
            try connection.first(
                "SELECT \(Self.attemptColumns) FROM pipeline_attempts WHERE \(condition) ORDER BY number DESC LIMIT 1", values
            ) { try AttemptRecord($0) }
        }
    }

    /// The attempts of a project that have begun and whose end is not on record: those under way, and those whose runners are gone.
    package func openAttempts(of project: String) async throws -> [AttemptRecord] {
        try await database.read { connection in
            try connection.all(
                """
                SELECT \(Self.attemptColumns) FROM pipeline_attempts
                WHERE ended_at IS NULL AND run IN (SELECT id FROM pipeline_runs WHERE project = ?) ORDER BY number
                """, [.text(project)]
            ) { try AttemptRecord($0) }
        }
    }

    /// Where the runners are, or were, of runs that have such attempts; what an older martlet began has none.
    func machines(ofOpenAttemptsOf project: String) async throws -> [String: MachineStart] {
        try await database.read { connection in
            let runs = try connection.all(
                """
                SELECT id, machine FROM pipeline_runs
                WHERE project = ? AND machine IS NOT NULL AND id IN (SELECT run FROM pipeline_attempts WHERE ended_at IS NULL)
                """, [.text(project)]
            ) { ($0.text(0), MachineStart($0.text(1))) }
            return Dictionary(runs, uniquingKeysWith: { $1 }).compactMapValues(\.self)
        }
    }

    /// Puts down the end of an attempt whose runner is gone, unless its end is known meanwhile.
    func lose(_ attempt: AttemptRecord) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE pipeline_attempts SET ended_at = ?, failure = ?, message = ?, used = ?
                WHERE run = ? AND step = ? AND partition = ? AND attempt = ? AND ended_at IS NULL
                """,
                [
                    .optional(attempt.endedAt?.microseconds), .optional(attempt.failure?.kind.rawValue),
                    .optional(attempt.failure?.message), .optional(attempt.usage?.json.canonicalText), .text(attempt.run),
                    .text(attempt.id.step), .text(attempt.id.partition.stored), .integer(Int64(attempt.number)),
                ])
        }
    }
}
