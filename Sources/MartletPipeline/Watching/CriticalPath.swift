package import MartletCore

/// The attempts that a run's length came from: from the one that ended last back to what each had to wait for longest.
package struct CriticalPath: Sendable, Equatable {
    /// The first one first.
    package private(set) var attempts: [AttemptRecord] = []

    /// The time that they took themselves; the rest of the run they waited for cores, memory, or their turn.
    package func work(at now: Timestamp) -> Duration {
        attempts.reduce(.zero) { $0 + (($1.endedAt ?? now) - $1.startedAt) }
    }

    /// - Parameters:
    ///   - attempts: of one run.
    ///   - sources: the graph. Through steps that were not attempted, the way goes on.
    ///   - now: when those end that still run.
    /// - Complexity: O(attempts + length · the attempts at what one step reads).
    package init(_ attempts: [AttemptRecord], _ sources: StepSources, at now: Timestamp) {
        let byStep = Dictionary(grouping: attempts, by: \.id.step)
        func end(_ attempt: AttemptRecord) -> Timestamp { attempt.endedAt ?? now }
        func isEarlier(_ left: AttemptRecord, _ right: AttemptRecord) -> Bool {
            (end(left), left.startedAt, left.id.description) < (end(right), right.startedAt, right.id.description)
        }
        var next = attempts.max(by: isEarlier)
        while let attempt = next {
            self.attempts.append(attempt)
            let steps = sources.nearest(to: attempt.id.step) { byStep[$0] != nil }.union([attempt.id.step])
            next = steps.lazy.flatMap { byStep[$0] ?? [] }
                .filter { Self.isRead($0, by: attempt) && end($0) <= attempt.startedAt && isEarlier($0, attempt) }.max(by: isEarlier)
        }
        self.attempts.reverse()
    }

    /// An earlier attempt at the same, or one at an instance that agrees in the keys that both have.
    private static func isRead(_ source: AttemptRecord, by attempt: AttemptRecord) -> Bool {
        guard source.id.step != attempt.id.step else { return source.id == attempt.id }
        return source.id.partition.values.allSatisfy { attempt.id.partition.values[$0] ?? $1 == $1 }
    }
}
