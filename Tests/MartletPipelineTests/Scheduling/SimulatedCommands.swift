import MartletCore
import Synchronization

@testable import MartletPipeline

/// Processes that last and fail as a seed says, and what is kept of what they made, in the order in which `CommandRunner` does it.
struct SimulatedCommands: Executor {
    let name = "simulated"
    let world: SimulatedWorld
    let incarnation: Int

    func capacity() async -> Resources { world.capacity }

    /// What a step makes is a function of its key, as it should be. Others may be fanned out by it.
    static func output(_ key: Digest) -> JSONValue { [.string(key.description), "b"] }

    func run(_ attempt: StepAttempt) async -> AttemptResult {
        let result: AttemptResult
        do {
            try await world.moment(incarnation)
            if let kept = try await kept(attempt) { result = kept } else { result = try await process(attempt) }
        } catch let failure as StepFailure {
            result = AttemptResult(.failure(failure), error: failure)
        } catch let error as MartletError {
            result = AttemptResult(.failure(StepFailure(of: error)), error: error)
        } catch {
            return AttemptResult(.failure(StepFailure(.lost, "killed")), error: error)
        }
        if attempt.resources.named["api"] != nil {
            let failure: StepFailure? = if case .failure(let failure) = result.result { failure } else { nil }
            let elapsed = world.thread.elapsed
            world.state.withLock { $0.breaker.end(failure, at: elapsed) }
        }
        return result
    }

    /// What an earlier attempt made that had ended well; what it did not make is made again, unless it may not be.
    private func kept(_ attempt: StepAttempt) async throws -> AttemptResult? {
        guard let leftover = world.state.withLock({ $0.disk.leftovers[attempt.key] }), attempt.leftovers.contains(leftover.span) else {
            return nil
        }
        do {
            var result = AttemptResult(.success(try keep(attempt, hasOutputs: leftover.hasOutputs)))
            result.earlier = leftover.span
            expectUnknown(leftover, attempt)
            return result
        } catch let failure as StepFailure {
            await forget(attempt)
            if attempt.step.policy.isOnceOnly { throw failure }
            return nil
        }
    }

    private func process(_ attempt: StepAttempt) async throws -> AttemptResult {
        // What was left of an earlier attempt goes before another one begins.
        await forget(attempt)
        let isKnown = lastExecution(attempt) != nil
        let expires = attempt.step.policy.lifetime != nil
        world.expect(!isKnown || expires, "\(attempt.id) is begun again although its execution was acknowledged")
        expectLearned(attempt)
        expectDurableInputs(attempt)
        let number = world.begin(SimulatedWorld.Process(id: attempt.id, key: attempt.key, resources: attempt.resources))
        defer { world.end(number) }
        let startedAt = world.thread.now
        var usage = StepUsage()
        usage.wallSeconds = 0.01 + world.thread.chance() * 2
        usage.memoryPeakBytes = Int(Double(attempt.resources.memoryBytes) * (0.5 + world.thread.chance()))
        await world.thread.wait(until: world.thread.now + .seconds(usage.wallSeconds))
        try world.check(incarnation)
        if Task.isCancelled { return AttemptResult(.failure(StepFailure(.cancelled, "stopped")), usage: usage) }
        if let failure = failure(attempt) {
            if failure.kind == .memory { world.state.withLock { $0.reached[Self.name(attempt)] = usage.memoryPeakBytes } }
            return AttemptResult(.failure(failure), usage: usage)
        }
        // The command writes its exit file; its outputs are kept a while later.
        let hasOutputs = !world.strikes(.noOutputs)
        let span = AttemptSpan(startedAt: startedAt, endedAt: world.thread.now)
        world.state.withLock { $0.disk.leftovers[attempt.key] = .init(span: span, hasOutputs: hasOutputs) }
        try await world.moment(incarnation)
        do {
            return AttemptResult(.success(try keep(attempt, hasOutputs: hasOutputs)), usage: usage)
        } catch {
            // What says that it ended well must not be found by the next attempt, unless that is only to keep it.
            if (error as? MartletError)?.code != .full { await forget(attempt) }
            return AttemptResult(.failure(StepFailure(of: error)), usage: usage, error: error)
        }
    }

    private func failure(_ attempt: StepAttempt) -> StepFailure? {
        if attempt.resources.named["api"] != nil, world.strikes(.outage) { return StepFailure(.exit, "nobody answers") }
        if world.strikes(.exit) { return StepFailure(.exit, "it ended with status 1") }
        return world.strikes(.memory) ? StepFailure(.memory, "it was killed as memory ran out") : nil
    }

    /// - Throws: `StepFailure`, and `full`.
    private func keep(_ attempt: StepAttempt, hasOutputs: Bool) throws -> StepResult {
        if !attempt.step.paths.isEmpty {
            if world.strikes(.vanishedInput) { world.state.withLock { _ = $0.vanished.insert(attempt.id.step) } }
            guard !world.state.withLock({ $0.vanished.contains(attempt.id.step) }) else { throw StepFailure(.refused, "its input is gone") }
        }
        guard hasOutputs else { throw StepFailure(.output, "it ended well and made no file") }
        try world.checkSpace()
        let output = Self.output(attempt.key)
        world.state.withLock { state in
            if state.disk.contents.updateValue(output, forKey: Digest(of: output)) == nil {
                state.disk.unsettled.insert(Digest(of: output))
            }
        }
        return StepResult(outputs: ["out": Digest(of: output)])
    }

    private func lastExecution(_ attempt: StepAttempt) -> StepExecution? {
        world.state.withLock { $0.disk.executions[attempt.id]?.last { $0.key == attempt.key } }
    }

    /// What expired and is to be made anew must not come in again as what nobody had heard of.
    private func expectUnknown(_ leftover: SimulatedWorld.Leftover, _ attempt: StepAttempt) {
        let isKnown = lastExecution(attempt).map { $0.finishedAt >= leftover.span.endedAt } ?? false
        world.expect(!isKnown, "\(attempt.id) expired, and what was on record of it is taken for new")
    }

    /// What is set aside after a kill for memory is enough for what had been reached, as far as there is so much.
    private func expectLearned(_ attempt: StepAttempt) {
        guard attempt.step.demand.memoryBytes == nil,
            let reached = world.state.withLock({ $0.reached[Self.name(attempt)] })
        else { return }
        world.expect(
            attempt.resources.memoryBytes >= min(Int64(reached), world.capacity.memoryBytes), "\(attempt.id) learned nothing from a kill")
    }

    /// What happens once must not rest on what a loss of power takes away.
    private func expectDurableInputs(_ attempt: StepAttempt) {
        guard attempt.step.policy.isOnceOnly else { return }
        let disk = world.state.withLock { $0.disk }
        let recorded = Set(disk.executions.values.joined().flatMap(\.outputs.values))
        for (name, input) in attempt.inputs where attempt.step.paths[name] == nil {
            world.expect(
                disk.unsettled.isDisjoint(with: input.digests) && recorded.isSuperset(of: input.digests),
                "\(attempt.id) is once-only and begins on '\(name)', which a loss of power would take away")
        }
    }

    private static func name(_ attempt: StepAttempt) -> String { "\(attempt.run) \(attempt.id)" }

    func readsRecorded(_ attempt: StepAttempt) -> Bool { false }

    func hasLeftover(_ id: StepID, _ key: Digest) async -> Bool { world.state.withLock { $0.disk.leftovers[key] != nil } }

    func forget(_ attempt: StepAttempt) async { world.state.withLock { $0.disk.leftovers[attempt.key] = nil } }
}
