package import MartletCore
import MartletStore

/// What people say about attempts that nobody heard the end of, and about letters that need no answer any more.
extension PipelineStore {
    /// Somebody says that a once-only step may begin again: none of its attempts with a key counts as one that may have run. They stay on
    /// record, each with who said so, when, and what was known of it before.
    /// - Returns: how many attempts it was said of.
    @discardableResult
    package func settle(_ id: StepID, key: Digest, by name: String, at now: Timestamp) async throws -> Int {
        let words = "\(name) let it begin again at \(now)"
        return try await database.write { connection in
            let unsettled = try connection.all(
                """
                SELECT \(Self.attemptColumns) FROM pipeline_attempts WHERE step = ? AND partition = ? AND key = ? AND \(Self.unsettled)
                """, [.text(id.step), .text(id.partition.stored), .text(key.description)]
            ) { try AttemptRecord($0) }
            for attempt in unsettled {
                let before = attempt.failure.map { "; before: \($0.message)" } ?? ", as nobody knew how it had ended"
                try connection.execute(
                    """
                    UPDATE pipeline_attempts SET ended_at = COALESCE(ended_at, ?), failure = ?, message = ?
                    WHERE run = ? AND step = ? AND partition = ? AND attempt = ?
                    """,
                    [
                        .integer(now.microseconds), .text(StepFailure.Kind.start.rawValue), .text(words + before), .text(attempt.run),
                        .text(id.step), .text(id.partition.stored), .integer(Int64(attempt.number)),
                    ])
            }
            return unsettled.count
        }
    }

    /// What makes an attempt at a once-only step one that may have run: it did not end, or badly, after it had begun.
    static let unsettled = "once_only <> 0 AND (ended_at IS NULL OR failure <> 'start')"

    /// These letters need no answer any more, as what they are about is there.
    package func forget(lettersOf ids: some Sequence<StepID> & Sendable) async throws {
        try await database.write { connection in
            for id in ids {
                try connection.execute(
                    "DELETE FROM pipeline_dead_letters WHERE step = ? AND partition = ?", [.text(id.step), .text(id.partition.stored)])
            }
        }
    }
}
