import MartletCore

/// One run under way: it carries out what the engine decides, and tells it what came of that.
final class RunState {
    private let runner: PipelineRunner
    private let graph: StepGraph
    private let run: String
    private var needs: StepNeeds
    private let options: PipelineRunner.Options
    private let observe: @Sendable (PipelineRunner.Event) -> Void
    private var engine: RunEngine
    private var outcome = PipelineRunner.Outcome()
    /// What is known of steps that are to run.
    private var prepared: [StepID: PreparedStep] = [:]
    /// What failed for good and is not on record yet.
    private(set) var deadLetters: [DeadLetter] = []
    private var budgets: BudgetWatch?
    private var isFinished = false
    private let recordings = Recordings()
    private var recordingCount = 0
    private var isBurying = false
    /// What ends the run although no step failed; what ends well meanwhile is put on record all the same.
    private var fault: (any Error)?
    /// Whether steps are looked at alone.
    private var isDry = false
    private var dryVerdicts: [StepID: PipelineRunner.Verdict] = [:]
    /// The keys of those steps that were looked at alone and have all that they read.
    private(set) var dryKeys: [StepID: StepKey] = [:]
    /// What was found of those that were looked at while nothing ran.
    private(set) var looked: [StepID: PreparedStep] = [:]

    init(
        runner: PipelineRunner, graph: StepGraph, run: String, estimates: [StepID: StepEstimate], options: PipelineRunner.Options,
        capacity: Resources, observe: @escaping @Sendable (PipelineRunner.Event) -> Void
    ) {
        self.runner = runner
        self.graph = graph
        self.run = run
        needs = StepNeeds(graph, estimates: estimates, capacity: capacity)
        self.options = options
        self.observe = observe
        budgets = options.budgets
        engine = RunEngine(graph, capacity: capacity, options: options.engine) { estimates[StepID($0.name)]?.seconds }
    }

    /// What tasks come back with.
    private enum Message: Sendable {
        case event(RunEngine.Event)
        /// The ledger refused it, and perhaps said why.
        case refused(StepID, warning: String?)
        case expanded(String, Result<[String: [String]], StepFailure>)
        case prepared([(StepID, Result<PreparedStep, StepFailure>)], keys: [StepID: StepKey] = [:])
        case ended(StepID, MadeAttempt, isRecorded: Bool, warning: String?)
        /// An attempt could not be made, or its end not be put on record.
        case broken(StepID, any Error)
        case recorded
        case unrecorded(any Error)
        /// So many of the dead letters that waited are on record.
        case buried(Int)
        case unlooked([StepID], any Error)
    }

    func loop() async throws -> PipelineRunner.Outcome {
        defer { runner.project.remember() }
        return try await withThrowingTaskGroup(of: Message.self) { group in
            carryOut(engine.handle(.began, at: runner.clock.now), in: &group)
            var isCancelled = false
            while !isFinished || recordingCount > 0 {
                if fault != nil, !isCancelled {
                    isCancelled = true
                    carryOut(engine.handle(.cancel, at: runner.clock.now), in: &group)
                    continue
                }
                if Task.isCancelled, !isCancelled {
                    isCancelled = true
                    carryOut(engine.handle(.cancel, at: runner.clock.now), in: &group)
                    continue
                }
                guard let message = try await group.next() else { throw stuck() }
                // What a cancelled step says may be heard before it is seen here that the run is cancelled.
                if Task.isCancelled, !isCancelled {
                    isCancelled = true
                    carryOut(engine.handle(.cancel, at: runner.clock.now), in: &group)
                }
                try take(message, in: &group)
            }
            group.cancelAll()
            if let fault { throw fault }
            return outcome
        }
    }

    /// Looks at all that can be looked at while nothing runs.
    func verdicts() async throws -> [StepID: PipelineRunner.Verdict] {
        isDry = true
        defer { runner.project.remember() }
        try await withThrowingTaskGroup(of: Message.self) { group in
            carryOut(engine.handle(.began, at: runner.clock.now), in: &group)
            while let message = try await group.next() { try take(message, in: &group) }
        }
        for id in engine.openSteps where dryVerdicts[id] == nil { dryVerdicts[id] = .waits(on: engine.waits(for: id)) }
        for (step, sources) in engine.unexpandedSteps { dryVerdicts[StepID(step)] = .waits(on: sources) }
        return dryVerdicts
    }

    /// What became of steps so far.
    var settled: [StepID: StepOutcome] { outcome.steps }

    /// Whether it is known what a step is fanned out into.
    func hasInstances(of step: String) -> Bool { !engine.unexpandedSteps.contains { $0.0 == step } }

    /// The engine and what it waits for have lost one another: a fault of this program.
    private func stuck() -> MartletError {
        let open = engine.openSteps.prefix(5).map(\.description).joined(separator: ", ")
        return MartletError(.engine, "nothing is under way, and these steps are not settled: \(open); please report this")
    }

    private func take(_ message: Message, in group: inout ThrowingTaskGroup<Message, any Error>) throws {
        let now = runner.clock.now
        switch message {
        case .event(let event): carryOut(engine.handle(event, at: now), in: &group)
        case .expanded(let step, .success(let values)):
            carryOut(engine.handle(.expanded(step: step, values: values), at: now), in: &group)
        case .expanded(let step, .failure(let failure)):
            carryOut(engine.handle(.cannotExpand(step: step, failure), at: now), in: &group)
        case .prepared(let results, let keys):
            dryKeys.merge(keys) { $1 }
            let found = results.filter { !isDry || !note($0.0, $0.1) }.map { ($0.0, preparation($0.0, $0.1)) }
            if !found.isEmpty { carryOut(engine.handle(.prepared(found), at: now), in: &group) }
        case .refused(let id, let warning):
            if let warning { outcome.warnings.append(warning) }
            carryOut(engine.handle(.refused(id), at: now), in: &group)
        case .ended(let id, let made, let isRecorded, let warning):
            if let warning { outcome.warnings.append(warning) }
            outcome.errors[id] = made.result.error
            tell(budgets?.ended(id, UsageAmount(made.result.usage), at: now) ?? [])
            if let execution = made.execution {
                outcome.executions[id] = execution
                if isRecorded { observe(.finished(id, execution)) } else { record(made, execution, in: &group) }
                carryOut(engine.handle(.succeeded(id), at: now), in: &group)
            } else {
                let failure = made.failure ?? StepFailure(.cancelled, "stopped")
                let next = needs.next(of: id, after: failure, made.result.usage)
                carryOut(engine.handle(.failed(id, failure, needs: next), at: now), in: &group)
            }
        case .broken(let id, let error):
            fault = fault ?? error
            carryOut(engine.handle(.failed(id, StepFailure(.cancelled, "\(error)")), at: now), in: &group)
        case .recorded: recordingCount -= 1
        case .unrecorded(let error):
            recordingCount -= 1
            fault = fault ?? error
        case .buried(let count):
            isBurying = false
            deadLetters.removeFirst(count)
            // Those that cannot be put down now are put down at the end.
            if count > 0 { bury(in: &group) }
        case .unlooked(let ids, let error):
            if isDry { throw error }
            fault = fault ?? error
            let failure = StepFailure(.cancelled, "\(error)")
            carryOut(engine.handle(.prepared(ids.map { ($0, .failed(failure)) }), at: now), in: &group)
        }
    }

    /// Puts a verdict down. - Returns: whether the step would run, so that nothing after it can be looked at.
    private func note(_ id: StepID, _ result: Result<PreparedStep, StepFailure>) -> Bool {
        switch result {
        case .failure(let failure): dryVerdicts[id] = .refused(failure.message)
        case .success(let step):
            looked[id] = step
            switch step.finding {
            case .fresh: dryVerdicts[id] = .fresh(key: step.key.digest)
            case .skipped(let reason): dryVerdicts[id] = .skipped(reason)
            case .stale(let reasons):
                dryVerdicts[id] = .stale(reasons: reasons)
                return true
            }
        }
        return false
    }

    /// What a look at a step means for the engine.
    private func preparation(_ id: StepID, _ result: Result<PreparedStep, StepFailure>) -> RunEngine.Preparation {
        switch result {
        case .failure(let failure): return .failed(failure)
        case .success(let step):
            switch step.finding {
            case .skipped(let reason): return .skipped(reason)
            case .fresh(let execution):
                outcome.executions[id] = execution
                observe(.reused(id, execution))
                return .fresh
            case .stale:
                prepared[id] = step
                return .stale(seconds: needs.seconds(of: id), resources: needs.resources(of: id))
            }
        }
    }

    // MARK: Carrying out

    private func carryOut(_ actions: [RunEngine.Action], in group: inout ThrowingTaskGroup<Message, any Error>) {
        for action in actions {
            switch action {
            case .expand(let step): expand(step, in: &group)
            case .prepare(let ids): prepare(ids, in: &group)
            case .launch(let id, let attempt, let resources): launch(id, attempt, resources, in: &group)
            case .stop: group.cancelAll()
            case .wake(let time):
                group.addTask { [runner] in
                    await runner.clock.wait(until: time)
                    return .event(.woke)
                }
            case .settled(let id, let result):
                outcome.steps[id] = result
                prepared[id] = nil
                observe(.settled(id, result))
                if let letter = letter(id, result) { deadLetters.append(letter) }
            case .retries(let id, let failure, let time): observe(.retries(id, failure, at: time))
            case .rests(let resource, let breaker):
                observe(
                    .warning(
                        "resource '\(resource)': what uses it failed \(breaker.failures) times in a row; nothing that needs it begins for "
                            + "\(breaker.pause.words), then one tries"))
            case .finished: isFinished = true
            }
        }
        bury(in: &group)
        if !isDry, !actions.isEmpty { observe(.standing(engine.standing())) }
    }

    private func letter(_ id: StepID, _ result: StepOutcome) -> DeadLetter? {
        switch result {
        case .failed(let failure), .quarantined(let failure): DeadLetter(id: id, run: run, failure: failure, at: runner.clock.now)
        default: nil
        }
    }

    /// While the run goes on, so that others see it, and a runner that is killed has lost nothing; all that wait at once.
    private func bury(in group: inout ThrowingTaskGroup<Message, any Error>) {
        guard !isDry, !isBurying, !deadLetters.isEmpty else { return }
        isBurying = true
        group.addTask { [records = runner.records, deadLetters] in
            do {
                try await records.bury(deadLetters)
                return .buried(deadLetters.count)
            } catch {
                return .buried(0)
            }
        }
    }

    private func expand(_ name: String, in group: inout ThrowingTaskGroup<Message, any Error>) {
        guard let step = graph[name] else { return }
        let contents = runner.contents
        let outputs = step.fanOuts.map { fanOut -> (FanOut, Digest?) in
            guard case .output(let name) = fanOut.values else { return (fanOut, nil) }
            return (fanOut, outcome.executions[StepID(name.step)]?.outputs[name.output])
        }
        let selection = options.selection
        group.addTask {
            .expanded(
                name,
                Result { try FanOutValues.read(name, outputs, contents, selection: selection) }.mapError(StepFailure.init(of:)))
        }
    }

    private func prepare(_ ids: [StepID], in group: inout ThrowingTaskGroup<Message, any Error>) {
        let looks = ids.compactMap { id in graph[id.step].map { StepLook($0, id, inputs($0, id), condition($0, id)) } }
        let (runner, options, isDry) = (runner, options, isDry)
        group.addTask {
            do {
                let looks = try looks.map { look in
                    try Task.checkCancellation()
                    return look.reading(runner.project)
                }
                let whole = isDry ? looks.filter { $0.inputs.count == $0.step.inputs.count } : []
                return .prepared(
                    try await runner.look(at: looks, options), keys: Dictionary(uniqueKeysWithValues: whole.map { ($0.id, $0.key) }))
            } catch is CancellationError {
                return .prepared(looks.map { ($0.id, .failure(StepFailure(.cancelled, "stopped"))) })
            } catch {
                return .unlooked(looks.map(\.id), error)
            }
        }
    }

    /// What a step reads; where a source made no such output, that is missing.
    private func inputs(_ step: Step, _ id: StepID) -> [String: InputContent] {
        var inputs: [String: InputContent] = [:]
        for (name, input) in step.inputs {
            switch input {
            case .external(let digest): inputs[name] = .one(digest)
            case .file: break
            case .output(let source, let output):
                let sources = engine.sources(of: id, in: source)
                if graph[source]?.keys.isSubset(of: step.keys) ?? true {
                    inputs[name] = sources.first.flatMap { outcome.executions[$0]?.outputs[output] }.map(InputContent.one)
                } else {
                    let parts = sources.compactMap { id in outcome.executions[id]?.outputs[output].map { (id.partition, $0) } }
                    if parts.count == sources.count { inputs[name] = .many(Dictionary(uniqueKeysWithValues: parts)) }
                }
            }
        }
        return inputs
    }

    private func condition(_ step: Step, _ id: StepID) -> Digest? {
        guard let condition = step.condition else { return nil }
        return engine.sources(of: id, in: condition.step).first.flatMap { outcome.executions[$0]?.outputs[condition.output] }
    }

    /// Says what was found of budgets, and puts it down.
    private func tell(_ warnings: [String]) {
        outcome.warnings += warnings
        for warning in warnings { observe(.warning(warning)) }
    }

    /// Why a step must not begin; `nil` where it may.
    private func refusal(_ id: StepID) -> StepFailure? {
        guard let found = budgets?.begins(id, at: runner.clock.now) else { return nil }
        tell(found.warnings)
        outcome.stop = outcome.stop ?? found.stop
        return found.stop.map { StepFailure(.cancelled, $0) }
    }

    private func launch(_ id: StepID, _ number: Int, _ resources: Resources, in group: inout ThrowingTaskGroup<Message, any Error>) {
        guard let found = prepared[id], let step = graph[id.step]?.with(found.paths), case .stale(let reasons) = found.finding else {
            return
        }
        if let refusal = refusal(id) {
            group.addTask { .event(.failed(id, refusal)) }
            return
        }
        let observe = observe
        if let outlook = engine.outlook(of: id) { observe(.outlook(id, seconds: outlook.seconds, restSeconds: outlook.restSeconds)) }
        let attempt = StepAttempt(
            step: step, id: id, run: run, number: number, key: found.key.digest, inputs: found.inputs, resources: resources
        ) { share, message in observe(.progress(id, share: share, message: message)) }
        let (runner, recordings) = (runner, recordings)
        group.addTask {
            // What must not be repeated is not begun on what a loss of power may take away, and no more may wait for the disk than so many.
            let isPatient = step.policy.isOnceOnly || runner.executor.readsRecorded(attempt)
            let isRecorded = await recordings.wait(forAllBut: isPatient ? 0 : Recordings.countMax)
            guard isRecorded, !Task.isCancelled else { return .event(.failed(id, StepFailure(.cancelled, "stopped"))) }
            return await RunState.attempted(attempt, found, reasons, runner, observe)
        }
    }

    /// Makes an attempt where the ledger gives what it needs, and gives that back.
    private static func attempted(
        _ attempt: StepAttempt, _ found: PreparedStep, _ reasons: [String], _ runner: PipelineRunner,
        _ observe: @Sendable (PipelineRunner.Event) -> Void
    ) async -> Message {
        let answer = await runner.ledger.claim(attempt.resources, for: attempt.id.description)
        if let warning = answer.warning { observe(.warning(warning)) }
        guard answer.isGiven else {
            await runner.clock.wait(until: runner.clock.now + PipelineRunner.claimInterval)
            return .refused(attempt.id, warning: answer.warning)
        }
        observe(.started(attempt.id, attempt: attempt.number, reasons: reasons))
        let message: Message
        do {
            let made = try await runner.make(attempt, found, reasons: reasons)
            // The record of the next attempt comes after that of a failure.
            let isRecorded = attempt.step.policy.isOnceOnly || made.execution == nil
            if isRecorded { try await runner.record(made) }
            message = .ended(attempt.id, made, isRecorded: isRecorded, warning: answer.warning)
        } catch is CancellationError {
            message = .event(.failed(attempt.id, StepFailure(.cancelled, "stopped")))
        } catch {
            message = .broken(attempt.id, error)
        }
        await runner.ledger.giveBack(attempt.resources, for: attempt.id.description)
        return message
    }

    /// Puts what ended well on record while the run goes on.
    private func record(_ made: MadeAttempt, _ execution: StepExecution, in group: inout ThrowingTaskGroup<Message, any Error>) {
        let (runner, recordings, number, observe) = (runner, recordings, recordings.begin(), observe)
        recordingCount += 1
        group.addTask {
            do {
                try await runner.record(made)
                // Before what waits for it begins.
                observe(.finished(made.attempt.id, execution))
                recordings.end(number)
                return .recorded
            } catch {
                recordings.end(number, isGood: false)
                return .unrecorded(error)
            }
        }
    }
}
