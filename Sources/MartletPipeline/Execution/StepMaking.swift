import MartletCore

/// An attempt that has ended, and what is to be put on record of it.
struct MadeAttempt: Sendable {
    let attempt: StepAttempt
    /// `nil` where it was not made, as another process had made the same, or must not be.
    var record: AttemptRecord?
    /// Where it ended well, or that of another process.
    var execution: StepExecution?
    let result: AttemptResult
    /// Nobody else makes the same until this is on record.
    var hold: KeyLocks.Hold?

    /// Why there is no execution.
    var failure: StepFailure? { if case .failure(let failure) = result.result { failure } else { nil } }
}

extension PipelineRunner {
    /// Makes an attempt, with its key for itself. What comes of it is not on record before `record` has returned.
    /// - Parameters:
    ///   - found: by the look before.
    ///   - isAlone: whether it is made for itself, beside runs and others that may make the same.
    func make(
        _ attempt: StepAttempt, _ found: PreparedStep, reasons: [String], isAlone: Bool = false
    ) async throws -> MadeAttempt {
        let (hold, hasWaited): (KeyLocks.Hold?, Bool)
        do {
            (hold, hasWaited) = try await self.hold(attempt)
        } catch is CancellationError {
            return MadeAttempt(attempt: attempt, result: AttemptResult(.failure(StepFailure(.cancelled, "stopped"))))
        }
        if let settled = try await settled(attempt, known: found.known, asks: isAlone || hasWaited) { return settled }
        var attempt = attempt
        attempt.leftovers = try await leftovers(attempt, found)
        var made = try await makeAlone(attempt, found.key.parts, reasons: reasons)
        made.hold = hold
        return made
    }

    private func makeAlone(_ attempt: StepAttempt, _ keyParts: JSONValue, reasons: [String]) async throws -> MadeAttempt {
        var record = AttemptRecord(
            run: attempt.run, id: attempt.id, number: attempt.number, key: attempt.key, isOnceOnly: attempt.step.policy.isOnceOnly,
            reasons: reasons, startedAt: clock.now)
        if record.isOnceOnly { try await records.begin(record) }
        var result = record.isOnceOnly ? await carriedOut(attempt) : await carriedOut(attempt, beginning: record)
        record.endedAt = clock.now
        result.usage.acceleratorSeconds = result.usage.wallSeconds * Double(attempt.resources.accelerators)
        record.usage = result.usage
        switch result.result {
        case .failure(let failure):
            record.failure = failure
            return MadeAttempt(attempt: attempt, record: record, result: result)
        case .success(let made):
            let execution = StepExecution(
                id: attempt.id, key: attempt.key, keyParts: keyParts, outputs: made.outputs, summary: made.summary,
                usage: result.earlierUsage ?? result.usage, run: attempt.run,
                startedAt: result.earlier?.startedAt ?? record.startedAt,
                finishedAt: result.earlier?.endedAt ?? record.endedAt ?? clock.now)
            return MadeAttempt(attempt: attempt, record: record, execution: execution, result: result)
        }
    }

    /// Puts what came of an attempt on record, durably, and lets go of its key.
    func record(_ made: MadeAttempt) async throws {
        defer { made.hold?.release() }
        guard let record = made.record else { return }
        // What a record names has to outlive whatever the record outlives.
        if let execution = made.execution { try await contents.settle(Set(execution.outputs.values)) }
        try await records.end(record, made.execution)
        if made.execution != nil { await executor.forget(made.attempt) }
    }

    /// Carries out what may run twice: people see that it began where it lasts, and one that is short is put on record once.
    private func carriedOut(_ attempt: StepAttempt, beginning record: AttemptRecord) async -> AttemptResult {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await clock.wait(until: record.startedAt + Self.beginningDelay)
                // Its end is put on record whether its beginning is or not, and says of the disk what there is to say.
                if !Task.isCancelled { try? await records.begin(record) }
            }
            let result = await carriedOut(attempt)
            group.cancelAll()
            return result
        }
    }

    private func carriedOut(_ attempt: StepAttempt) async -> AttemptResult {
        do {
            try preparation(attempt)
            try Task.checkCancellation()
        } catch {
            return AttemptResult(.failure(attempt.failure(beforeItBegan: error)), error: error)
        }
        return await checked(attempt, executor.run(attempt)).tellingNeeds(attempt)
    }

    /// An output that was named and is not there would be missed only later.
    private func checked(_ attempt: StepAttempt, _ result: AttemptResult) -> AttemptResult {
        guard case .success(let made) = result.result else { return result }
        for (name, digest) in made.outputs.sorted(by: { $0.key < $1.key }) where !contents.contains(digest) {
            let message = "step '\(attempt.id)' named the output '\(name)' (\(digest.short)) but did not store it"
            var broken = result
            (broken.result, broken.error) = (.failure(StepFailure(.output, message)), MartletError(.corrupt, message))
            return broken
        }
        return result
    }
}

extension StepAttempt {
    /// What was thrown before the step's own work began. That a once-only step has not run has to be told from that it may have.
    func failure(beforeItBegan error: any Error) -> StepFailure {
        let failure = StepFailure(of: error)
        return step.policy.isOnceOnly || failure.kind == .exit ? StepFailure(.start, failure.message) : failure
    }
}

extension AttemptResult {
    /// The same, and where the attempt was killed for its memory, what the next one gets.
    fileprivate func tellingNeeds(_ attempt: StepAttempt) -> AttemptResult {
        guard case .failure(let failure) = result, failure.kind == .memory else { return self }
        guard let bytes = attempt.step.demand.memoryBytes(afterKillAt: usage.memoryPeakBytes) else { return self }
        let message =
            "\(failure.message); it had reached \(Int64(usage.memoryPeakBytes).sizeWords), and its next attempt begins when there are "
            + "\(bytes.sizeWords), or all that there can be"
        var told = self
        told.result = .failure(StepFailure(.memory, message))
        return told
    }
}

extension StepFailure {
    /// What a thrown error means for further attempts.
    package init(of error: any Error) {
        switch error {
        case let failure as StepFailure: self = failure
        case is CancellationError: self.init(.cancelled, "stopped")
        case let error as MartletError:
            let isFinal = [
                .gateRefused, .contractBroken, .specificationBroken, .invalidInput, .notFound, .limitExceeded, .corrupt,
            ].contains(error.code)
            self.init(isFinal ? .refused : .exit, error.message)
        default: self.init(.exit, "\(error)")
        }
    }
}
