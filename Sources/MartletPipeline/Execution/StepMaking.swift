import MartletCore

extension PipelineRunner {
    /// Makes an attempt and puts it on record. - Returns: its execution, where it ended well.
    func make(_ attempt: StepAttempt, _ keyParts: JSONValue, reasons: [String]) async throws -> (StepExecution?, AttemptResult) {
        let isOnceOnly = attempt.step.policy.isOnceOnly
        var record = AttemptRecord(
            run: attempt.run, id: attempt.id, number: attempt.number, key: attempt.key, isOnceOnly: isOnceOnly, reasons: reasons,
            startedAt: clock.now)
        if isOnceOnly { try await records.begin(record) }
        // What may run twice need not wait for the disk: both records are made durable together at the latest.
        let beginning = record
        async let begun: Void = isOnceOnly ? () : records.begin(beginning)
        var result = await carriedOut(attempt)
        try await begun
        record.endedAt = clock.now
        result.usage.acceleratorSeconds = result.usage.wallSeconds * Double(attempt.resources.accelerators)
        record.usage = result.usage
        switch result.result {
        case .failure(let failure):
            record.failure = failure
            try await records.end(record, nil)
            return (nil, result)
        case .success(let made):
            let execution = StepExecution(
                id: attempt.id, key: attempt.key, keyParts: keyParts, outputs: made.outputs, summary: made.summary, usage: result.usage,
                run: attempt.run, startedAt: record.startedAt, finishedAt: record.endedAt ?? clock.now)
            try await records.end(record, execution)
            await executor.forget(attempt)
            return (execution, result)
        }
    }

    private func carriedOut(_ attempt: StepAttempt) async -> AttemptResult {
        do {
            try preparation(attempt)
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)), error: error)
        }
        return await checked(attempt, executor.run(attempt))
    }

    /// An output that was named and is not there would be missed only later.
    private func checked(_ attempt: StepAttempt, _ result: AttemptResult) -> AttemptResult {
        guard case .success(let made) = result.result else { return result }
        for (name, digest) in made.outputs.sorted(by: { $0.key < $1.key }) where !contents.contains(digest) {
            let message = "step '\(attempt.id)' named the output '\(name)' (\(digest.short)) but did not store it"
            return AttemptResult(.failure(StepFailure(.output, message)), usage: result.usage, error: MartletError(.corrupt, message))
        }
        return result
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
