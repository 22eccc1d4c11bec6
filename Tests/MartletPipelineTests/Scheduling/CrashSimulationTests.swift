import MartletCore
import Synchronization
import Testing

@testable import MartletPipeline

/// The real scheduler and runner, with a simulated clock, processes and disk, killed at any moment, thousands of times.
@Suite struct CrashSimulationTests {
    /// A graph of steps whose shape a seed gives: fan-outs, joins, once-only steps, chains.
    private static func graph(_ random: inout SplitMix64) throws -> StepGraph {
        let count = 4 + random.index(below: 12)
        var steps: [Step] = []
        for number in 0..<count {
            var inputs: [String: Step.Input] = [:]
            for source in 0..<number where random.unit() < 0.25 { inputs["i\(source)"] = .output(step: "s\(source)", name: "out") }
            var step = Step(
                name: "s\(number)", code: "1", inputs: inputs, parameters: [:], environment: [:],
                work: .command(CommandWork(words: .shell("true"), folder: ".", outputs: ["out": "out"])))
            if random.unit() < 0.3 { step.fanOuts = [FanOut(key: "part", values: .list(["a", "b", "c"]))] }
            step.policy.isOnceOnly = random.unit() < 0.2
            step.policy.retry = RetryPolicy(times: 50, waitSeconds: 0.05, waitMaxSeconds: 1)
            step.demand.cores = Double(1 + random.index(below: 2))
            step.demand.memoryBytes = Int64(1 + random.index(below: 4)) << 30
            steps.append(step)
        }
        return try StepGraph(steps)
    }

    private struct History: Sendable {
        var crashes = 0
        var runs = 0
        var approvals = 0
    }

    /// Starts runners until one of them has made everything. What is once-only and may have run is approved by hand each time.
    private static func history(seed: UInt64, failureChance: Double) throws -> (SimulatedWorld, History, StepGraph) {
        var random = SplitMix64(seed: seed)
        let graph = try graph(&random)
        let world = SimulatedWorld(
            seed: seed, capacity: Resources(cores: 4, memoryBytes: 8 << 30), crashChance: 0.04 + 0.1 * random.unit())
        let history = try world.thread.run { () -> History in
            var history = History()
            while true {
                history.runs += 1
                guard history.runs < 5_000 else { throw MartletError(.engine, "seed \(seed): it never ends") }
                let incarnation = world.state.withLock { $0.incarnation }
                let records = SimulatedRecords(world: world, incarnation: incarnation)
                let runner = PipelineRunner(
                    records: records, contents: records,
                    executor: SimulatedCommands(world: world, incarnation: incarnation, failureChance: failureChance), clock: world.thread)
                var options = PipelineRunner.Options()
                options.engine.seed = seed
                let run = RunRecord(id: "\(history.runs)", project: "p", startedAt: world.thread.now)
                do {
                    let outcome = try await runner.run(graph, as: run, options: options) { _ in }
                    if outcome.steps.values.allSatisfy(\.hasOutputs) { return history }
                    for case (let id, .failed(let failure)) in outcome.steps
                    where failure.kind == .refused || failure.kind == .lost || failure.kind == .exit {
                        history.approvals += 1
                        // As somebody would who has looked: it did not happen, so it may begin again.
                        world.state.withLock { state in
                            let known = state.begun
                            for attempt in state.disk.attempts where attempt.id == id && attempt.isOnceOnly {
                                world.expectBegunAtMostOnce(id, known[attempt.key] ?? 0, &state.faults)
                                state.begun[attempt.key] = 0
                            }
                            state.disk.attempts.removeAll { $0.id == id && $0.isOnceOnly }
                        }
                    }
                } catch {
                    history.crashes += 1
                    continue
                }
            }
        }
        return (world, history, graph)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `a runner that is killed at any moment goes on, and loses and repeats nothing`(block: UInt64) throws {
        for seed in (block * 1_000)..<(block * 1_000 + 10) {
            let (world, history, graph) = try Self.history(seed: seed, failureChance: 0.05)
            let state = world.state.withLock { $0 }
            #expect(state.faults.isEmpty, "seed \(seed): \(state.faults.prefix(3))")
            for step in graph.steps {
                for (id, executions) in state.disk.executions where id.step == step.name {
                    let keys = executions.map(\.key)
                    #expect(Set(keys).count == keys.count, "seed \(seed): \(id) was recorded twice with one key")
                    for execution in executions {
                        #expect(execution.outputs == ["out": Digest(of: SimulatedCommands.output(execution.key))], "seed \(seed): \(id)")
                    }
                    if step.policy.isOnceOnly {
                        #expect(keys.allSatisfy { state.begun[$0, default: 0] <= 1 }, "seed \(seed): \(id) began more than once by itself")
                    }
                }
            }
            #expect(history.runs > history.crashes)
        }
    }

    @Test func `there are thousands of crashes, and equal seeds give equal histories`() throws {
        var crashes = 0
        for seed in 1...250 as ClosedRange<UInt64> {
            let (world, _, _) = try Self.history(seed: seed, failureChance: 0.05)
            crashes += world.state.withLock { $0.crashes }
        }
        #expect(crashes > 2_000)
        let (first, second) = (try Self.history(seed: 7, failureChance: 0.05), try Self.history(seed: 7, failureChance: 0.05))
        #expect(first.0.thread.now == second.0.thread.now)
        #expect(first.0.state.withLock { $0.crashes } == second.0.state.withLock { $0.crashes })
    }
}

extension SimulatedWorld {
    /// Under the state's lock.
    fileprivate func expectBegunAtMostOnce(_ id: StepID, _ count: Int, _ faults: inout [String]) {
        if count > 1 { faults.append("\(id) is once-only and was begun \(count) times by itself") }
    }
}
