import GRDB
package import MartletCore

/// What a step did once, of the time before pipelines had tables of their own.
package struct OldStepExecution: Sendable, Equatable {
    package let sequence: Int
    package let step: String
    package let key: Digest
    package let keyParts: JSONValue
    package let outputs: [String: Digest]
    package let summary: JSONValue
    package let startedAt: Timestamp
    package let finishedAt: Timestamp
}

/// The executions that the first schema kept here: they are moved to the database of tracking.
extension RecordStore {
    /// Whether some were not moved yet.
    package func hasOldExecutions() throws -> Bool {
        try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM step_executions)") ?? false }
    }

    /// Those that were not moved yet, in the order in which they were recorded.
    package func oldExecutions() throws -> [OldStepExecution] {
        try read { try Row.fetchAll($0, sql: "SELECT * FROM step_executions ORDER BY sequence").map(OldStepExecution.init(row:)) }
    }

    /// Removes those that were moved.
    package func removeOldExecutions(through sequence: Int) throws {
        try write { try $0.execute(sql: "DELETE FROM step_executions WHERE sequence <= ?", arguments: [sequence]) }
    }
}

extension OldStepExecution {
    fileprivate init(row: Row) throws {
        self.init(
            sequence: try row.integer("sequence"), step: try row.text("step"), key: try row.digest("key"),
            keyParts: try row.json("key_parts"),
            outputs: try row.json("outputs").decoded(as: [String: Digest].self), summary: try row.json("summary"),
            startedAt: try row.time("started_at"), finishedAt: try row.time("finished_at")
        )
    }
}
