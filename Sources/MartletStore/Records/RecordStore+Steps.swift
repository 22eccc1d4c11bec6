import GRDB
package import MartletCore

/// What a step did once, kept so that equal work is done once.
package struct StepExecution: Sendable, Equatable {
    /// The step's name in its pipeline.
    package let step: String
    /// The digest of code, environment, inputs and parameters.
    package let key: Digest
    /// What the key was made of: an object with `code`, `environment`, `inputs` and `parameters`, for `explain`.
    package let keyParts: JSONValue
    /// The blobs made, by name.
    package let outputs: [String: Digest]
    /// Anything worth showing: row counts, metrics.
    package let summary: JSONValue
    /// When the work began.
    package let startedAt: Timestamp
    /// When it was done.
    package let finishedAt: Timestamp

    /// Makes an execution.
    package init(
        step: String, key: Digest, keyParts: JSONValue, outputs: [String: Digest], summary: JSONValue,
        startedAt: Timestamp, finishedAt: Timestamp
    ) {
        self.step = step
        self.key = key
        self.keyParts = keyParts
        self.outputs = outputs
        self.summary = summary
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

extension RecordStore {
    /// Whether any step was ever executed.
    package func hasExecutions() throws -> Bool {
        try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM step_executions)") ?? false }
    }

    /// Records an execution; it takes the place of one with the same step and key and becomes the step's last.
    package func record(_ execution: StepExecution) throws {
        try write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO step_executions
                    (step, key, key_parts, outputs, summary, started_at, finished_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    execution.step, execution.key.description, execution.keyParts.canonicalText,
                    JSONValue(digests: execution.outputs).canonicalText, execution.summary.canonicalText,
                    execution.startedAt.microseconds, execution.finishedAt.microseconds,
                ]
            )
        }
    }

    /// The execution of a step under a key; `nil` where there was none.
    package func execution(step: String, key: Digest) throws -> StepExecution? {
        try execution("SELECT * FROM step_executions WHERE step = ? AND key = ?", [step, key.description])
    }

    /// The execution of a step that was recorded last; `nil` where there was none.
    package func lastExecution(step: String) throws -> StepExecution? {
        try execution("SELECT * FROM step_executions WHERE step = ? ORDER BY sequence DESC LIMIT 1", [step])
    }

    private func execution(_ sql: String, _ arguments: StatementArguments) throws -> StepExecution? {
        try read { try Row.fetchOne($0, sql: sql, arguments: arguments).map(StepExecution.init(row:)) }
    }
}

extension StepExecution {
    fileprivate init(row: Row) throws {
        self.init(
            step: try row.text("step"), key: try row.digest("key"), keyParts: try row.json("key_parts"),
            outputs: try row.json("outputs").decoded(as: [String: Digest].self), summary: try row.json("summary"),
            startedAt: try row.time("started_at"), finishedAt: try row.time("finished_at")
        )
    }
}
