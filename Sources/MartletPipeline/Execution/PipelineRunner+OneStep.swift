package import MartletCore

/// One step alone, as other engines ask for it that keep the order themselves: what it needs has run before.
extension PipelineRunner {
    /// What is known of a step's instances.
    package struct StepLookup: Sendable {
        /// The instances, in order.
        package let instances: [StepID]
        /// What was found of those whose inputs are all there.
        let prepared: [StepID: PreparedStep]
        /// Why the others cannot run.
        let verdicts: [StepID: Verdict]
        /// Why instances are passed over that were not looked at, such as those that read only from such.
        let skipped: [StepID: String]
    }

    /// What came of one step.
    package enum OneStepOutcome: Sendable {
        case fresh(StepExecution)
        case made(StepExecution)
        case skipped(String)
        case failed(StepFailure, (any Error)?)
    }

    /// Looks at a step after all that it needs. What these made is taken whatever their age: their own tasks saw to that.
    /// - Throws: `notFound`; `conflict` where the instances are not known yet.
    package func lookUp(_ name: String, in graph: StepGraph, options: Options = Options()) async throws -> StepLookup {
        let graph = try graph.restricted(to: [name])
        var options = options
        options.ageless = Set(graph.steps.map(\.name)).subtracting([name])
        let state = RunState(
            runner: self, graph: graph, run: "", estimates: [:], options: options, capacity: .unlimited, observe: { _ in })
        let verdicts = try await state.verdicts()
        let own = verdicts.filter { $0.key.step == name }
        let settled = state.settled.filter { $0.key.step == name }
        guard state.hasInstances(of: name) else {
            throw MartletError(
                .conflict, "the instances of '\(name)' are not known yet: \(own.values.first?.why ?? "run what it needs first")")
        }
        return StepLookup(
            instances: Set(own.keys).union(settled.keys).sorted(), prepared: state.looked.filter { $0.key.step == name }, verdicts: own,
            skipped: settled.compactMapValues { if case .skipped(let reason) = $0 { reason } else { nil } })
    }

    /// Makes an instance of a step, where it is stale, as a run of its own, once the machine has room for it and nobody else makes it.
    /// - Parameter run: which was begun, and is ended by who began it.
    /// - Throws: `notFound`; `conflict` where what it needs has not run.
    package func make(
        _ id: StepID, in graph: StepGraph, as run: String, options: Options = Options(), observe: @escaping @Sendable (Event) -> Void
    ) async throws -> OneStepOutcome {
        let found = try await lookUp(id.step, in: graph, options: options)
        guard found.instances.contains(id), let step = graph[id.step] else {
            let hint = nearest(to: id.description, among: found.instances.map(\.description)).map { "; did you mean '\($0)'?" } ?? ""
            throw MartletError(.notFound, "there is no '\(id)'\(hint)")
        }
        if let reason = found.skipped[id] { return .skipped(reason) }
        guard let prepared = found.prepared[id] else {
            throw MartletError(.conflict, "'\(id)' cannot run yet: \(found.verdicts[id]?.why ?? "it was not looked at")")
        }
        switch prepared.finding {
        case .fresh(let execution):
            try await records.reused([execution])
            return .fresh(execution)
        case .skipped(let reason): return .skipped(reason)
        case .stale(let reasons):
            let looked = Looked(step: step.with(prepared.paths), id: id, prepared: prepared, reasons: reasons)
            return try await make(looked, as: run, options, observe)
        }
    }

    /// A stale instance.
    private struct Looked {
        let step: Step
        let id: StepID
        let prepared: PreparedStep
        let reasons: [String]
    }

    private func make(
        _ looked: Looked, as run: String, _ options: Options, _ observe: @escaping @Sendable (Event) -> Void
    ) async throws -> OneStepOutcome {
        let id = looked.id
        var budgets = options.budgets
        if let found = budgets?.begins(id, at: clock.now) {
            for warning in found.warnings { observe(.warning(warning)) }
            if let stop = found.stop { return .failed(StepFailure(.cancelled, stop), MartletError(.limitExceeded, stop)) }
        }
        var capacity = await executor.capacity()
        capacity.named.merge(options.named) { $1 }
        let estimate = try await records.estimates([id.step])[id]
        let resources = looked.step.demand.resources(estimate, of: capacity)
        if let refusal = RunEngine.refusal(of: id, resources, capacity) { return try await failed(id, run, refusal, nil) }
        let attempt = StepAttempt(
            step: looked.step, id: id, run: run, number: 1, key: looked.prepared.key.digest, inputs: looked.prepared.inputs,
            resources: resources
        ) { share, message in observe(.progress(id, share: share, message: message)) }
        let made = try await withClaim(resources, id, observe) {
            observe(.started(id, attempt: 1, reasons: looked.reasons))
            return try await make(attempt, looked.prepared, reasons: looked.reasons, isAlone: true)
        }
        try await record(made)
        await executor.tidy()
        for warning in budgets?.ended(id, UsageAmount(made.result.usage), at: clock.now) ?? [] { observe(.warning(warning)) }
        if let execution = made.execution { return execution.run == run ? .made(execution) : .fresh(execution) }
        return try await failed(id, run, made.failure ?? StepFailure(.cancelled, "stopped"), made.result.error)
    }

    private func failed(_ id: StepID, _ run: String, _ failure: StepFailure, _ error: (any Error)?) async throws -> OneStepOutcome {
        let isStopped = failure.kind == .cancelled || Task.isCancelled
        if !isStopped { try await records.bury([DeadLetter(id: id, run: run, failure: failure, at: clock.now)]) }
        return .failed(failure, error)
    }

    /// Does something once the machine has room for it, as its ledger says. - Throws: `CancellationError`.
    private func withClaim<Value: Sendable>(
        _ resources: Resources, _ id: StepID, _ observe: @Sendable (Event) -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        while true {
            let answer = await ledger.claim(resources, for: id.description)
            if let warning = answer.warning { observe(.warning(warning)) }
            if answer.isGiven { break }
            try Task.checkCancellation()
            await clock.wait(until: clock.now + Self.claimInterval)
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await ledger.giveBack(resources, for: id.description)
        return try result.get()
    }

    /// Keeps what became of a run, as `run` does. - Throws: `storage`.
    package func keep(_ outcome: Outcome) throws -> Digest { try contents.keep(RunManifest(outcome).json) }

    /// Whether a step's condition holds; `true` for one without.
    /// - Throws: `notFound`; `conflict` where what says so has not run.
    package func holds(_ name: String, in graph: StepGraph, options: Options = Options()) async throws -> Bool {
        let found = try await lookUp(name, in: graph, options: options)
        guard graph[name]?.condition != nil else { return true }
        guard found.skipped.isEmpty else { return false }
        guard !found.prepared.isEmpty || found.instances.isEmpty else {
            throw MartletError(.conflict, "'\(name)' cannot be told yet: \(found.verdicts.values.first?.why ?? "run what it needs first")")
        }
        return true
    }
}

extension PipelineRunner.OneStepOutcome {
    /// As what came of a run of this step alone.
    package func outcome(of id: StepID) -> PipelineRunner.Outcome {
        var outcome = PipelineRunner.Outcome()
        switch self {
        case .fresh(let execution): (outcome.steps[id], outcome.executions[id]) = (.fresh, execution)
        case .made(let execution): (outcome.steps[id], outcome.executions[id]) = (.done, execution)
        case .skipped(let reason): outcome.steps[id] = .skipped(reason)
        case .failed(let failure, let error): (outcome.steps[id], outcome.errors[id]) = (.failed(failure), error)
        }
        return outcome
    }
}

extension PipelineRunner.Verdict {
    /// In words, for one that was not looked at, or cannot run.
    fileprivate var why: String {
        switch self {
        case .fresh: "it is fresh"
        case .stale(let reasons): reasons.joined(separator: "; ")
        case .waits(let steps): "it needs \(steps.joined(separator: ", ")), which must run first"
        case .skipped(let reason), .refused(let reason): reason
        }
    }
}
