package import MartletCore

/// What people see of a run while it goes on, made of its events and the time alone.
package struct RunPicture: Sendable {
    /// A line that stays: something began, or ended.
    package struct Note: Sendable, Equatable {
        package let text: String
        /// Whether it tells of a beginning, which one who sees `lines` need not be told.
        package let isBeginning: Bool
    }

    struct Running {
        var startedAt: Timestamp
        var share: Double?
        var message = ""
    }

    struct Outlook {
        let seconds: Double?
        let restSeconds: Double
    }

    private(set) var running: [StepID: Running] = [:]
    private(set) var outlooks: [StepID: Outlook] = [:]
    private(set) var standing = RunStanding()
    private(set) var (doneCount, freshCount, skippedCount, failedCount, quarantinedCount) = (0, 0, 0, 0, 0)

    package init() {}

    /// Takes what happened. - Returns: a line on it that stays.
    package mutating func take(_ event: PipelineRunner.Event, at now: Timestamp) -> Note? {
        switch event {
        case .reused(let id, _): return note("=", id, "fresh")
        case .outlook(let id, let seconds, let rest):
            outlooks[id] = Outlook(seconds: seconds, restSeconds: rest)
            return nil
        case .started(let id, let attempt, let reasons):
            running[id] = Running(startedAt: now)
            return note("•", id, attempt > 1 ? "attempt \(attempt)" : reasons.first ?? "", isBeginning: true)
        case .progress(let id, let share, let message):
            running[id]?.share = share
            running[id]?.message = message
            return nil
        case .finished(let id, let execution):
            running[id] = nil
            return note("✓", id, (execution.finishedAt - execution.startedAt).words)
        case .retries(let id, let failure, let time):
            running[id] = nil
            return note("↻", id, "\(failure.message); again \(time.map { "in \(max(.zero, $0 - now).words)" } ?? "when all else is done")")
        case .settled(let id, let outcome): return settle(id, outcome)
        case .standing(let standing):
            self.standing = standing
            return nil
        case .warning(let text): return Note(text: "! \(text)", isBeginning: false)
        }
    }

    private mutating func settle(_ id: StepID, _ outcome: StepOutcome) -> Note? {
        running[id] = nil
        outlooks[id] = nil
        switch outcome {
        case .fresh: freshCount += 1
        case .done: doneCount += 1
        case .failed(let failure):
            failedCount += 1
            return note("✗", id, "failed: \(failure.message)")
        case .quarantined(let failure):
            quarantinedCount += 1
            return note("!", id, "in quarantine: \(failure.message)")
        case .skipped(let reason):
            skippedCount += 1
            return note("–", id, "skipped: \(reason)")
        case .blocked(let source):
            skippedCount += 1
            return note("–", id, "blocked by \(source)")
        case .cancelled:
            skippedCount += 1
            return note("–", id, "cancelled")
        }
        return nil
    }

    private func note(_ mark: String, _ id: StepID, _ words: String, isBeginning: Bool = false) -> Note {
        Note(text: "\(mark) \(id)\(words.isEmpty ? "" : ": \(words)")", isBeginning: isBeginning)
    }
}
