import MartletCore
import MartletStore

/// How many steps of a run did what, and what they used.
package struct RunTally: Sendable, Equatable {
    /// Instances that were made.
    package var doneCount = 0
    /// Instances whose outputs were there; 0 until the run has ended.
    package var reusedCount = 0
    /// Instances whose last attempt failed.
    package var failedCount = 0
    /// What all attempts used, failed ones too.
    package var used = UsageAmount()

    package init() {}
}

extension PipelineStore {
    /// The newest runs before another, which is left out; the newest of all where none is named. - Parameter run: an id.
    package func runs(before run: String?, limit: Int) async throws -> [RunRecord] {
        guard let run else { return try await runs(limit: limit) }
        return try await database.read { connection in
            try connection.all(
                """
                SELECT \(Self.runColumns) FROM pipeline_runs WHERE number < (SELECT number FROM pipeline_runs WHERE id = ?)
                ORDER BY number DESC LIMIT ?
                """, [.text(run), .integer(Int64(min(limit, Self.listCountMax)))]
            ) { try RunRecord($0) }
        }
    }

    /// Counts what a run's steps did. - Complexity: O(attempts).
    package func tally(of run: RunRecord) async throws -> RunTally {
        try await database.read { connection in
            var tally = RunTally()
            var isMade: [String: Bool] = [:]
            try connection.query(
                "SELECT step, partition, ended_at, failure, used FROM pipeline_attempts WHERE run = ? ORDER BY number", [.text(run.id)]
            ) { row in
                if let used = row.optionalText(4) {
                    tally.used = tally.used + UsageAmount(StepUsage(json: try Stored.json(used, "a usage")))
                }
                let instance = "\(row.text(0)) \(row.text(1))"
                // What runs again is not what it was.
                isMade[instance] = row.isNull(2) ? nil : row.isNull(3)
            }
            tally.doneCount = isMade.values.count { $0 }
            tally.failedCount = isMade.count - tally.doneCount
            guard let end = run.endedAt else { return tally }
            // By the time as well, which has an index.
            try connection.query(
                "SELECT instances FROM pipeline_savings WHERE at = ? AND run = ?", [.integer(end.microseconds), .text(run.id)]
            ) { tally.reusedCount += Int($0.integer(0)) }
            return tally
        }
    }
}
