import Glibc
package import MartletCore
package import MartletStore
import Synchronization

/// Locks between processes, one for each key of a step: who makes something has its key for itself, and its folder with it.
///
/// All are bytes of one file (`F_OFD_SETLK` of `fcntl(2)`), so that none is left behind; the kernel lets go of a lock when its process ends
/// in whatever way. Between machines they hold as far as the file system of the home carries such locks, as NFS 4 does; most mounts of
/// object stores take them without telling other machines.
///
/// Each value, with its copies, has the file open once, however many keys it holds; two values exclude one another as two processes do.
package struct KeyLocks: Sendable {
    /// A key that is held, until it is released or forgotten.
    package final class Hold: Sendable {
        private let held: Mutex<(file: LockedBytes, place: Int)?>

        fileprivate init(_ file: LockedBytes, _ place: Int) { held = Mutex((file, place)) }

        deinit { release() }

        /// Lets the key go; a second call does nothing.
        package func release() {
            held.withLock { held in
                guard let (file, place) = held else { return }
                file.release(place)
                held = nil
            }
        }
    }

    /// So many hexadecimal digits of a key say which byte is its own; keys that agree in them wait for one another.
    private static let digitCount = 14

    private let file: LockedBytes

    package init(home: Home) { file = LockedBytes(path: "\(home.locksPath)/keys") }

    /// Takes a key. - Returns: `nil` where another has it. - Throws: `storage`, also where the file system has no locks.
    package func take(_ key: Digest) throws -> Hold? { try take(digits: key.hex) }

    /// Takes the key that begins with these digits. - Parameter digits: hexadecimal, at least 14.
    package func take(digits: String) throws -> Hold? {
        let place = Self.place(digits)
        return try file.take(place) ? Hold(file, place) : nil
    }

    /// Takes a run that goes on beside others, for as long as it does. - Throws: `storage`.
    package func take(run id: String) throws -> Hold? { try take(Digest(of: id)) }

    /// Whether a run that goes on beside others is held. - Throws: `storage`.
    package func isHeld(run id: String) throws -> Bool { try file.isHeld(Self.place(Digest(of: id).hex)) }

    private static func place(_ digits: String) -> Int {
        guard let place = Int(digits.prefix(digitCount), radix: 16) else {
            preconditionFailure("'\(digits)' is not the beginning of a key")
        }
        return place
    }
}

extension PipelineRunner {
    /// How long after a key was found taken it is asked for again.
    static let keyInterval = Duration.milliseconds(100)

    /// Takes an attempt's key, or waits for who has it.
    func hold(_ attempt: StepAttempt) async throws -> (hold: KeyLocks.Hold?, hasWaited: Bool) {
        guard let keys else { return (nil, false) }
        var hasWaited = false
        while true {
            if let hold = try keys.take(attempt.key) { return (hold, hasWaited) }
            try Task.checkCancellation()
            if !hasWaited {
                hasWaited = true
                attempt.report(nil, "waits for another process that makes the same")
            }
            await clock.wait(until: clock.now + Self.keyInterval)
        }
    }

    /// What became of a key since it was looked at, while others could have it: made, or once-only and perhaps begun.
    ///
    /// An execution is another one by what it is, as clocks of others may differ, and be set back. An ordinary step of a run whose key was
    /// free is not asked about, which would cost each step a read: made by another between look and hold, it is made twice, and the
    /// later execution takes the place of the other.
    /// - Parameter asks: whether also what is not once-only is asked about.
    func settled(_ attempt: StepAttempt, known: StepExecution.Mark?, asks: Bool) async throws -> MadeAttempt? {
        guard keys != nil else { return nil }
        if asks || attempt.step.policy.isOnceOnly, let made = try await records.executions([attempt.id: attempt.key])[attempt.id],
            made.mark != known, made.outputs.values.allSatisfy(contents.contains)
        {
            let result = AttemptResult(.success(StepResult(outputs: made.outputs, summary: made.summary)))
            return MadeAttempt(attempt: attempt, execution: made, result: result)
        }
        guard attempt.step.policy.isOnceOnly, let refusal = try await onceOnlyRefusal(attempt.id, attempt.key) else { return nil }
        return MadeAttempt(attempt: attempt, result: AttemptResult(.failure(refusal)))
    }

    /// Which leftovers an attempt may take, asked before it is on record.
    func leftovers(_ attempt: StepAttempt, _ found: PreparedStep) async throws -> LeftoverWindow {
        guard attempt.step.policy.isOnceOnly, try await records.unsettledAttempt(attempt.id, key: attempt.key) != nil else {
            return found.leftovers
        }
        // It ran, and must not again, however long ago that was and whatever was asked for.
        return .any
    }

    /// Why a once-only step must not begin: it may have run; `nil` where it has not, or what it made waits to be kept.
    func onceOnlyRefusal(_ id: StepID, _ key: Digest) async throws -> StepFailure? {
        guard let attempt = try await records.unsettledAttempt(id, key: key), await !executor.hasLeftover(id, key) else { return nil }
        return StepFailure(
            .refused,
            "step '\(id)' runs once only, and may have run at \(attempt.startedAt) (run \(attempt.run.prefix(8))); see whether it "
                + "did, then say 'martlet retry' with '--again' or '--done'")
    }
}
