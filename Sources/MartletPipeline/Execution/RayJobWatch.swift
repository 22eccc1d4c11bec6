import MartletCore

/// Follows one job of Ray's to its end.
struct RayJobWatch {
    private let jobs: RayJobs
    private let id: RayJobID
    private let job: any AttemptJob
    private let clock: any RunClock

    init(_ jobs: RayJobs, _ id: RayJobID, _ job: any AttemptJob, _ clock: any RunClock) {
        (self.jobs, self.id, self.job, self.clock) = (jobs, id, job, clock)
    }

    /// Hands the job over and follows it.
    /// - Returns: what came of the attempt; `nil` where the job is over, and never began and never will.
    /// - Throws: where the job never began and never will, for a reason that holds for another one too.
    func result(handingOver: () async throws -> Void) async throws -> AttemptResult? {
        do {
            try await handingOver()
            return try await ended(followed())
        } catch is CancellationError {
            // What is still to be done must not be cut off as well.
            let watch = self
            return await Task { await watch.withdrawn() }.value
        } catch {
            // Ray may have the job all the same, and what cannot be asked may have begun.
            guard (try? await job.claim()) == true else {
                return failure(.lost, "job '\(id)' may have begun, and nobody tells what became of it: \(error)")
            }
            throw error
        }
    }

    /// Asks until Ray says nothing else any more. - Returns: `nil` where Ray knows nothing of the job.
    private func followed() async throws -> RayJobOutcome? {
        var wait = RayExecutor.pollInterval
        var heard = clock.now
        while true {
            await clock.wait(until: clock.now + wait)
            try Task.checkCancellation()
            wait = min(wait * 1.5, RayExecutor.pollIntervalMax)
            do {
                guard let details = try await jobs.details(of: id) else { return nil }
                heard = clock.now
                if details.outcome.isFinal { return details.outcome }
            } catch let error as MartletError where [.unavailable, .overloaded].contains(error.code) {
                guard clock.now - heard < RayExecutor.silenceMax else {
                    return .lost(hadBegun: true, reason: "Ray gave no answer for \(RayExecutor.silenceMax): \(error.message)")
                }
            }
        }
    }

    /// What the machine said counts more than what Ray says.
    private func ended(_ outcome: RayJobOutcome?) async throws -> AttemptResult? {
        if let result = try await written(outcome) { return result }
        let hadBegun = try await !job.claim()
        // It may have been written between the two.
        if hadBegun, let result = try await job.result() { return result }
        switch outcome {
        case .refused(let reason): return failure(.start, "Ray cannot start job '\(id)': \(reason)")
        case .stopped: return failure(.cancelled, "somebody stopped job '\(id)' on Ray")
        case .failed(let status) where hadBegun:
            return failure(
                .lost,
                "martlet itself ended with \(status) in job '\(id)' before it told what came of the step; it said: \(await lastWords())"
            )
        case .failed(let status):
            return failure(.start, "'martlet step' ended with \(status) in job '\(id)' before it began: \(await lastWords())")
        case .succeeded: return failure(.lost, "job '\(id)' ended without a result; look at the step's log")
        case .lost(_, let reason) where hadBegun: return failure(.lost, "job '\(id)' was lost: \(reason)")
        case nil where hadBegun: return failure(.lost, "Ray has forgotten job '\(id)', as after its head node was started anew")
        case .lost, .waiting, .running, nil: return nil
        }
    }

    /// A result is there before its program ends; a shared folder may only show it late.
    private func written(_ outcome: RayJobOutcome?) async throws -> AttemptResult? {
        let isExpected =
            switch outcome {
            case .succeeded, .failed: true
            default: false
            }
        for _ in 1..<RayExecutor.lookCountMax where isExpected {
            if let result = try await job.result() { return result }
            await clock.wait(until: clock.now + RayExecutor.lookInterval)
        }
        return try await job.result()
    }

    /// What is left of it once it was called off. Where that fails it may run on: who makes the step next ends it first.
    private func withdrawn() async -> AttemptResult {
        do {
            return try await withdraw()
        } catch {
            return failure(.cancelled, "stopped, and job '\(id)' perhaps not: \(error)")
        }
    }

    /// Takes it back, or stops it and waits until nothing of it runs.
    private func withdraw() async throws -> AttemptResult {
        let hadBegun = try await !job.claim()
        let deadline = clock.now + RayExecutor.stopMax
        do {
            _ = try await jobs.stop(id)
        } catch let error as MartletError where error.code == .notFound {
            return failure(.cancelled, "stopped")
        }
        while hadBegun, clock.now < deadline, let details = try await jobs.details(of: id), !details.outcome.isFinal {
            await clock.wait(until: clock.now + RayExecutor.pollInterval)
        }
        if let result = try await job.result(), result.isGood { return result }
        return failure(.cancelled, "stopped")
    }

    private func lastWords() async -> String {
        // The log is gone with its node; then the rest must do.
        let log = (try? await jobs.log(of: id)) ?? ""
        return log.split(whereSeparator: \.isNewline).last.map { String($0.prefix(RayAnswer.sentenceLengthMax)) } ?? "nothing"
    }

    private func failure(_ kind: StepFailure.Kind, _ message: String) -> AttemptResult {
        AttemptResult(.failure(StepFailure(kind, message)), usage: job.usageSoFar)
    }
}
