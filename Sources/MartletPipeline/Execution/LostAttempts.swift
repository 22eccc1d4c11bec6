package import MartletCore
package import MartletStore

/// Puts down the end of attempts whose runners are gone, with what they had used when that was noted last.
package struct LostAttempts {
    private let records: PipelineStore
    private let home: Home

    package init(_ records: PipelineStore, home: Home) { (self.records, self.home) = (records, home) }

    /// Looks at all attempts of a project that have no end. One whose key somebody holds is under way.
    /// - Throws: `storage`.
    package func settle(of project: String, at now: Timestamp) async throws {
        let locks = KeyLocks(home: home)
        for attempt in try await records.openAttempts(of: project) {
            guard let hold = try locks.take(attempt.key) else { continue }
            defer { hold.release() }
            try await records.lose(ended(attempt, at: now))
        }
    }

    private func ended(_ attempt: AttemptRecord, at now: Timestamp) -> AttemptRecord {
        let folder = home.attemptPath(key: attempt.key)
        var ended = attempt
        ended.usage = AttemptFiles(folder: folder).areOf(attempt) ? StepUsage(leftIn: folder) : nil
        // When it was noted last is the last that is known of it.
        ended.endedAt = ended.usage.map { attempt.startedAt + .seconds($0.wallSeconds) } ?? now
        ended.failure = StepFailure(.lost, "its runner is gone, and nobody heard how it ended")
        return ended
    }
}
