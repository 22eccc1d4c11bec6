package import MartletCore
package import MartletStore

/// The records of a project's pipelines, in the database of its tracking: SQLite or PostgreSQL.
package struct PipelineStore: PipelineRecords {
    /// How many executions of a step are looked at to tell how long the next one takes.
    static let estimateCountMax = 5
    /// The most runs, attempts or letters that are listed.
    package static let listCountMax = 10_000

    let database: any SQLDatabase

    /// Brings the tables up to date. - Throws: `invalidInput` for those of a newer martlet, `storage`.
    package init(_ database: any SQLDatabase) async throws {
        self.database = database
        try await SQLMigration.migrate(PipelineSchema.subject, by: PipelineSchema.migrations, in: database)
    }

    // MARK: Runs

    package func begin(_ run: RunRecord) async throws { try await begin(run, besideOthers: false) }

    /// A run begins. - Parameter besideOthers: others of the project may be under way, as when another engine runs steps side by side.
    package func begin(_ run: RunRecord, besideOthers: Bool) async throws {
        let cause = try JSONValue(encoding: run.cause).canonicalText
        try await database.write { connection in
            if !besideOthers {
                try connection.execute(
                    "UPDATE pipeline_runs SET state = 'lost', ended_at = ? WHERE state = 'running' AND project = ?",
                    [.integer(run.startedAt.microseconds), .text(run.project)])
            }
            try connection.execute(
                """
                INSERT INTO pipeline_runs (id, project, cause, steps, state, started_at, sources, machine)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .text(run.id), .text(run.project), .text(cause),
                    .text(JSONValue.array(run.steps.map(JSONValue.string)).canonicalText), .text(run.state.rawValue),
                    .integer(run.startedAt.microseconds), .optional(run.sources?.description), .optional(run.machine),
                ])
        }
    }

    package func end(_ run: RunRecord, saved: [String: SavedUsage]) async throws {
        try await database.write { connection in
            for (step, saving) in saved.sorted(by: { $0.key < $1.key }) {
                try connection.executeLater(
                    "INSERT INTO pipeline_savings (run, step, instances, used, at) VALUES (?, ?, ?, ?, ?)",
                    [
                        .text(run.id), .text(step), .integer(Int64(saving.instances)), .text(saving.usage.json.canonicalText),
                        .integer((run.endedAt ?? run.startedAt).microseconds),
                    ])
            }
            try connection.execute(
                "UPDATE pipeline_runs SET state = ?, ended_at = ?, manifest = ?, message = ? WHERE id = ?",
                [
                    .text(run.state.rawValue), .optional(run.endedAt?.microseconds), .optional(run.manifest?.description),
                    .optional(run.message), .text(run.id),
                ])
        }
    }

    // MARK: Executions

    package func executions(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution] {
        try await find(keys.map { ($0.key, $0.value) }) { try $0.execution($1, key: $2) }
    }

    package func executionsOrLast(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution] {
        try await find(keys.map { ($0.key, $0.value) }) { try $0.execution($1, key: $2) ?? $0.lastExecution($1) }
    }

    package func reused(_ executions: [StepExecution]) async throws {
        let passed = try await database.read { connection in
            try executions.filter { execution in
                try connection.first(
                    "SELECT key FROM pipeline_executions WHERE step = ? AND partition = ? ORDER BY number DESC LIMIT 1",
                    [.text(execution.id.step), .text(execution.id.partition.stored)]
                ) { $0.text(0) } != execution.key.description
            }
        }
        guard !passed.isEmpty else { return }
        try await database.write { connection in
            for execution in passed.sorted(by: { $0.id < $1.id }) { try connection.insert(execution) }
        }
    }

    package func lastExecutions(_ ids: [StepID]) async throws -> [StepID: StepExecution] {
        try await find(ids.map { ($0, ()) }) { connection, id, _ in try connection.lastExecution(id) }
    }

    /// The execution of a step without instances that was recorded or reused last.
    package func lastExecution(_ step: String) async throws -> StepExecution? {
        try await lastExecutions([StepID(step)])[StepID(step)]
    }

    private func find<Key: Sendable>(
        _ ids: [(StepID, Key)], _ one: @escaping @Sendable (any SQLConnection, StepID, Key) throws -> StepExecution?
    ) async throws -> [StepID: StepExecution] {
        guard !ids.isEmpty else { return [:] }
        return try await database.read { connection in
            var found: [StepID: StepExecution] = [:]
            for (id, key) in ids { found[id] = try one(connection, id, key) }
            return found
        }
    }

    static let executionColumns = "key, key_parts, outputs, summary, used, run, started_at, finished_at"

    package func estimates(_ steps: [String]) async throws -> [StepID: StepEstimate] {
        try await database.read { connection in
            var estimates: [StepID: StepEstimate] = [:]
            for step in steps {
                var samples: [StepID: [StepUsage]] = [:]
                try connection.query(
                    "SELECT partition, used FROM pipeline_executions WHERE step = ? ORDER BY number DESC LIMIT \(Self.listCountMax)",
                    [.text(step)]
                ) { row in
                    let id = StepID(step, try StepPartition(stored: row.text(0)))
                    guard samples[id, default: []].count < Self.estimateCountMax else { return }
                    samples[id, default: []].append(StepUsage(json: try JSONValue(parsing: row.text(1), as: "the usage of '\(id)'")))
                }
                for (id, usages) in samples { estimates[id] = StepEstimate(usages) }
                if !samples.keys.contains(StepID(step)), !samples.isEmpty {
                    estimates[StepID(step)] = StepEstimate(samples.values.flatMap { $0 })
                }
                let usual = estimates[StepID(step)]
                for (id, bytes, isNews) in try Self.memoryReached(step, connection) {
                    // What says nothing any more of instances that are new says as much as before of its own.
                    for id in Set(isNews ? [id, StepID(step)] : [id]) {
                        var estimate = estimates[id] ?? usual ?? StepEstimate()
                        estimate.memoryReachedBytes = max(estimate.memoryReachedBytes ?? 0, bytes)
                        estimates[id] = estimate
                    }
                }
            }
            return estimates
        }
    }

    /// What attempts at a step had reached that were killed as memory ran out, unless a later one at the same instance ended well; and
    /// whether none at any instance did.
    private static func memoryReached(_ step: String, _ connection: any SQLConnection) throws -> [(StepID, Int, isNews: Bool)] {
        let lastGood =
            try connection.first(
                "SELECT MAX(number) FROM pipeline_attempts WHERE step = ? AND ended_at IS NOT NULL AND failure IS NULL", [.text(step)]
            ) { $0.optionalInteger(0) ?? 0 } ?? 0
        return try connection.all(
            """
            SELECT partition, used, number FROM pipeline_attempts AS killed WHERE step = ? AND failure = 'memory' AND NOT EXISTS (
                SELECT 1 FROM pipeline_attempts AS later WHERE later.step = killed.step AND later.partition = killed.partition
                AND later.number > killed.number AND later.ended_at IS NOT NULL AND later.failure IS NULL
            ) ORDER BY number DESC LIMIT \(listCountMax)
            """, [.text(step)]
        ) { row in
            let id = StepID(step, try StepPartition(stored: row.text(0)))
            let usage = try row.optionalText(1).map { StepUsage(json: try JSONValue(parsing: $0, as: "the usage of '\(id)'")) }
            return (id, usage?.memoryPeakBytes ?? 0, isNews: row.integer(2) > lastGood)
        }
    }

    // MARK: Attempts

    package func begin(_ attempt: AttemptRecord) async throws {
        let reasons = JSONValue.array(attempt.reasons.map(JSONValue.string)).canonicalText
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO pipeline_attempts (run, step, partition, attempt, key, once_only, reasons, started_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                Self.values(attempt, reasons))
        }
    }

    private static func values(_ attempt: AttemptRecord, _ reasons: String) -> [SQLValue] {
        [
            .text(attempt.run), .text(attempt.id.step), .text(attempt.id.partition.stored), .integer(Int64(attempt.number)),
            .text(attempt.key.description), .flag(attempt.isOnceOnly), .text(reasons), .integer(attempt.startedAt.microseconds),
        ]
    }

    package func end(_ attempt: AttemptRecord, _ execution: StepExecution?) async throws {
        let reasons = JSONValue.array(attempt.reasons.map(JSONValue.string)).canonicalText
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO pipeline_attempts
                (run, step, partition, attempt, key, once_only, reasons, started_at, ended_at, failure, message, used)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (run, step, partition, attempt) DO UPDATE SET
                ended_at = excluded.ended_at, failure = excluded.failure, message = excluded.message, used = excluded.used
                """,
                Self.values(attempt, reasons) + [
                    .optional(attempt.endedAt?.microseconds), .optional(attempt.failure?.kind.rawValue),
                    .optional(attempt.failure?.message), .optional(attempt.usage?.json.canonicalText),
                ])
            guard let execution else { return }
            try connection.insert(execution)
            try connection.execute(
                "DELETE FROM pipeline_dead_letters WHERE step = ? AND partition = ?",
                [.text(attempt.id.step), .text(attempt.id.partition.stored)])
        }
    }

    package func unsettledAttempt(_ id: StepID, key: Digest) async throws -> AttemptRecord? {
        try await database.read { connection in
            try connection.first(
                """
                SELECT \(Self.attemptColumns) FROM pipeline_attempts
                WHERE step = ? AND partition = ? AND key = ? AND \(Self.unsettled)
                ORDER BY number DESC LIMIT 1
                """, [.text(id.step), .text(id.partition.stored), .text(key.description)]
            ) { try AttemptRecord($0) }
        }
    }

    static let attemptColumns =
        "run, step, partition, attempt, key, once_only, reasons, started_at, ended_at, failure, message, used"

    package func bury(_ letters: [DeadLetter]) async throws {
        guard !letters.isEmpty else { return }
        try await database.write { connection in
            for letter in letters {
                let (step, partition) = (letter.id.step, letter.id.partition.stored)
                try connection.execute(
                    "DELETE FROM pipeline_dead_letters WHERE step = ? AND partition = ?", [.text(step), .text(partition)])
                try connection.execute(
                    "INSERT INTO pipeline_dead_letters (step, partition, run, failure, message, at) VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        .text(step), .text(partition), .text(letter.run), .text(letter.failure.kind.rawValue),
                        .text(letter.failure.message), .integer(letter.at.microseconds),
                    ])
            }
        }
    }
}

extension SQLConnection {
    func execution(_ id: StepID, key: Digest) throws -> StepExecution? {
        try first(
            "SELECT \(PipelineStore.executionColumns) FROM pipeline_executions WHERE step = ? AND partition = ? AND key = ?",
            [.text(id.step), .text(id.partition.stored), .text(key.description)]
        ) { try StepExecution(id, $0) }
    }

    /// The one that was recorded or reused last.
    func lastExecution(_ id: StepID) throws -> StepExecution? {
        try first(
            """
            SELECT \(PipelineStore.executionColumns) FROM pipeline_executions WHERE step = ? AND partition = ? ORDER BY number DESC LIMIT 1
            """, [.text(id.step), .text(id.partition.stored)]
        ) { try StepExecution(id, $0) }
    }

    /// It takes the place of one with the same step and key, and becomes the step's last.
    func insert(_ execution: StepExecution) throws {
        let (step, partition, key) = (execution.id.step, execution.id.partition.stored, execution.key.description)
        try execute(
            "DELETE FROM pipeline_executions WHERE step = ? AND partition = ? AND key = ?", [.text(step), .text(partition), .text(key)])
        try execute(
            """
            INSERT INTO pipeline_executions
            (step, partition, key, key_parts, outputs, summary, used, run, started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(step), .text(partition), .text(key), .text(execution.keyParts.canonicalText),
                .text(JSONValue.object(execution.outputs.mapValues { .string($0.description) }).canonicalText),
                .text(execution.summary.canonicalText), .text(execution.usage.json.canonicalText), .optional(execution.run),
                .integer(execution.startedAt.microseconds), .integer(execution.finishedAt.microseconds),
            ])
    }
}
