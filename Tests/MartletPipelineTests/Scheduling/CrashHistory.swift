import MartletCore
import Synchronization

@testable import MartletPipeline

/// A graph that is run again and again in a world where things go wrong, until all of it is made.
struct CrashHistory {
    /// More runs are as good as no end.
    private static let runCountMax = 5_000

    let world: SimulatedWorld
    let graph: StepGraph
    private(set) var runs = 0
    /// How many runs ended otherwise than with an outcome.
    private(set) var cutOff = 0

    /// - Throws: `engine` where it does not end.
    init(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        graph = try Self.graph(&random)
        world = SimulatedWorld(
            seed: seed, capacity: Resources(cores: 4, memoryBytes: 8 << 30, named: ["api": 1]), chances: SimulatedFault.chances(&random))
        let (world, graph) = (world, graph)
        (runs, cutOff) = try world.thread.run { try await Self.play(graph, in: world, seed: seed) }
    }

    /// Steps whose shape a seed gives: fan-outs, by outputs too, joins, once-only steps, chains, files, named resources.
    private static func graph(_ random: inout SplitMix64) throws -> StepGraph {
        let count = 4 + random.index(below: 12)
        let expiring = random.index(below: count)
        var steps: [Step] = []
        for number in 0..<count {
            var inputs: [String: Step.Input] = [:]
            for source in 0..<number where random.unit() < 0.25 { inputs["i\(source)"] = .output(step: "s\(source)", name: "out") }
            let reads = random.unit() < 0.3
            if reads { inputs["file"] = .external(Digest(of: "file \(number)")) }
            var step = Step(
                name: "s\(number)", code: "1", inputs: inputs, parameters: [:], environment: [:],
                work: .command(CommandWork(words: .shell("true"), folder: ".", outputs: ["out": "out"])))
            if reads { step.paths["file"] = "file" }
            step.fanOuts = fanOuts(after: steps, &random)
            step.policy.isOnceOnly = random.unit() < 0.2
            // One instance only, as each run makes it again, and must live as long.
            if number == expiring, step.fanOuts.isEmpty, !step.policy.isOnceOnly {
                step.policy.lifetime = .milliseconds(random.index(below: 5_000))
            }
            step.policy.retry = RetryPolicy(
                times: 50, waitSeconds: 0.05, waitMaxSeconds: 1, kinds: [.lost, .exit, .start, .memory, .output])
            step.demand.cores = Double(1 + random.index(below: 2))
            step.demand.memoryBytes = random.unit() < 0.3 ? nil : Int64(1 + random.index(below: 4)) << 30
            if random.unit() < 0.3 { step.demand.named = ["api": 1] }
            steps.append(step)
        }
        return try StepGraph(steps)
    }

    private static func fanOuts(after steps: [Step], _ random: inout SplitMix64) -> [FanOut] {
        let whole = steps.filter(\.fanOuts.isEmpty)
        switch random.unit() {
        case ..<0.25: return [FanOut(key: "part", values: .list(["a", "b", "c"]))]
        case ..<0.4 where !whole.isEmpty:
            // A key of its own: with another step's it would read those of its own values alone, which that may not have.
            let source = whole[random.index(below: whole.count)].name
            return [FanOut(key: "item\(steps.count)", values: .output(OutputName(step: source, output: "out")))]
        default: return []
        }
    }

    /// Starts runners until one of them has made everything. After each that came to an end somebody sees to what needs it.
    private static func play(_ graph: StepGraph, in world: SimulatedWorld, seed: UInt64) async throws -> (runs: Int, cutOff: Int) {
        var cutOff = 0
        for number in 1...runCountMax {
            let incarnation = world.state.withLock { state in
                state.breaker = SimulatedWorld.BreakerModel()
                state.vanished = []
                return state.incarnation
            }
            do {
                let (outcome, isCancelled) = try await run(graph, in: world, incarnation, seed: seed, id: "\(number)")
                world.expectNothingHeld(by: "\(incarnation)")
                world.expectOnRecord(outcome, of: "\(number)", isCancelled: isCancelled)
                if outcome.steps.values.allSatisfy(\.hasOutputs) { return (number, cutOff) }
                for case (let id, .failed) in outcome.steps { world.approve(id) }
            } catch {
                world.expect(!(error is CancellationError), "run \(number) was cancelled and ends as a fault")
                cutOff += 1
            }
        }
        throw MartletError(.engine, "seed \(seed): it never ends")
    }

    private static func run(
        _ graph: StepGraph, in world: SimulatedWorld, _ incarnation: Int, seed: UInt64, id: String
    ) async throws -> (outcome: PipelineRunner.Outcome, isCancelled: Bool) {
        let records = SimulatedRecords(world: world, incarnation: incarnation)
        let runner = PipelineRunner(
            records: records, contents: records, executor: SimulatedCommands(world: world, incarnation: incarnation), clock: world.thread,
            ledger: SimulatedLedger(world: world, incarnation: incarnation))
        var options = PipelineRunner.Options()
        options.engine.seed = seed
        options.engine.breakers = ["api": SimulatedWorld.BreakerModel.options]
        let record = RunRecord(id: id, project: "p", startedAt: world.thread.now)
        let run = Task(executorPreference: world.thread) { [options] in
            try await runner.run(graph, as: record, options: options) { _ in }
        }
        let canceller = Task(executorPreference: world.thread) {
            guard world.strikes(.cancel) else { return }
            await world.thread.wait(until: world.thread.now + .seconds(5 * world.thread.chance()))
            run.cancel()
        }
        let result = await run.result
        canceller.cancel()
        await canceller.value
        return (try result.get(), run.isCancelled)
    }

    /// What does not hold at the end, beside what was found meanwhile.
    var flaws: [String] {
        let state = world.state.withLock { $0 }
        var flaws = state.flaws
        if !state.disk.letters.isEmpty { flaws.append("all is made, and there are dead letters of \(state.disk.letters.keys.sorted())") }
        for (id, executions) in state.disk.executions {
            let keys = executions.map(\.key)
            let expires = graph[id.step]?.policy.lifetime != nil
            if Set(keys).count != keys.count, !expires { flaws.append("\(id) was recorded twice with one key") }
            for execution in executions {
                if execution.outputs != ["out": Digest(of: SimulatedCommands.output(execution.key))] {
                    flaws.append("\(id) made something else")
                }
                if execution.outputs.values.contains(where: { state.disk.contents[$0] == nil }) {
                    flaws.append("an output of \(id) is lost")
                }
            }
            if graph[id.step]?.policy.isOnceOnly ?? false, keys.contains(where: { state.begun[$0, default: 0] > 1 }) {
                flaws.append("\(id) is once-only and began more than once by itself")
            }
        }
        return flaws
    }
}

extension SimulatedWorld {
    /// Somebody has looked at a step that may run once only and says that it did not happen, so that it may begin again.
    fileprivate func approve(_ id: StepID) {
        state.withLock { state in
            for attempt in state.disk.attempts where attempt.id == id && attempt.isOnceOnly {
                let count = state.begun[attempt.key] ?? 0
                if count > 1 { state.flaws.append("\(id) is once-only and was begun \(count) times by itself") }
                state.begun[attempt.key] = 0
            }
            state.disk.attempts.removeAll { $0.id == id && $0.isOnceOnly }
        }
    }

    /// What a run that came to its end by itself leaves behind.
    fileprivate func expectOnRecord(_ outcome: PipelineRunner.Outcome, of run: String, isCancelled: Bool) {
        let disk = state.withLock { $0.disk }
        let failures = outcome.steps.compactMapValues { if case .failed(let failure) = $0 { failure } else { nil } }
        let letters = disk.letters.values.filter { $0.run == run }.map(\.id)
        expect(Set(letters) == Set(failures.keys), "run \(run): dead letters of \(letters.sorted()), and failed: \(failures.keys.sorted())")
        let made = disk.letters.keys.filter { outcome.steps[$0]?.hasOutputs ?? false }
        expect(made.isEmpty, "run \(run): \(made.sorted()) are there, and their dead letters too")
        let open = disk.attempts.filter { $0.run == run && $0.endedAt == nil }.map(\.id)
        expect(open.isEmpty, "run \(run) has ended, and its attempts at \(open.sorted()) have not")
        expect(!failures.values.contains { $0.kind == .cancelled }, "run \(run): what was stopped counts as failed")
        let wasStopped = outcome.steps.values.contains(.cancelled)
        expect(isCancelled || !wasStopped, "run \(run): steps were stopped, and nobody cancelled it")
        let ended = disk.runs.last { $0.id == run }?.state
        let expected: RunRecord.State = wasStopped ? .cancelled : outcome.isGood ? .done : .failed
        expect(ended == expected, "run \(run) is on record as \(ended.map { "\($0)" } ?? "none"), not \(expected)")
    }

    fileprivate func expectNothingHeld(by runner: String) {
        let held = state.withLock { $0.share.claims.filter { $0.runner == runner }.map(\.step) }
        expect(held.isEmpty, "a run has ended and holds what \(held) needed")
    }
}
