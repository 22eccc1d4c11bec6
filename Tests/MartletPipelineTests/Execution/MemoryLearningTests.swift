import MartletCore
import MartletStore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

/// Commands that are killed as memory ran out, unless they have enough.
private final class HungryCommands: Executor {
    let name = "hungry"
    let given = Mutex<[Int64]>([])
    private let needsBytes: Int64
    private let output: Digest

    init(needsBytes: Int64, output: Digest) { (self.needsBytes, self.output) = (needsBytes, output) }

    func capacity() async -> Resources { Resources(cores: 4, memoryBytes: 16 << 30) }

    func run(_ attempt: StepAttempt) async -> AttemptResult {
        given.withLock { $0.append(attempt.resources.memoryBytes) }
        var usage = StepUsage()
        usage.memoryPeakBytes = Int(min(needsBytes, attempt.resources.memoryBytes + 1 << 30))
        guard attempt.resources.memoryBytes >= needsBytes else {
            return AttemptResult(.failure(StepFailure(.memory, "killed")), usage: usage)
        }
        return AttemptResult(.success(StepResult(outputs: ["out": output])), usage: usage)
    }

    func hasLeftover(_ id: StepID, _ key: Digest) async -> Bool { false }
    func forget(_ attempt: StepAttempt) async {}
}

@Suite struct MemoryLearningTests {
    private static func step(_ retries: Int, memory: Int64? = nil) -> Step {
        var step = Step(
            name: "a", code: "1", inputs: [:], parameters: [:], environment: [:],
            work: .command(CommandWork(words: .shell("true"), folder: ".", outputs: ["out": "out"])))
        step.policy.retry = RetryPolicy(times: retries, waitSeconds: 0, kinds: [.memory])
        step.demand.memoryBytes = memory
        return step
    }

    private static func run(_ step: Step, _ bench: PipelineBench, _ commands: HungryCommands) async throws -> PipelineRunner.Outcome {
        let run = RunRecord(id: "\(UInt64.random(in: .min ... .max))", project: "tests", startedAt: .now)
        return try await PipelineRunner(records: bench.records, contents: bench.blobs, executor: commands)
            .run(try StepGraph([step]), as: run) { _ in }
    }

    @Test func `the attempt after a kill has more than that had reached, and the message says so`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let commands = HungryCommands(needsBytes: 6 << 30, output: try bench.blobs.put([1]))
            let outcome = try await Self.run(Self.step(5), bench, commands)
            // It reaches a GiB more than it was given, and half as much again is given then.
            #expect(commands.given.withLock { $0 } == [1 << 30, 3 << 30, 6 << 30])
            #expect(outcome.steps[StepID("a")] == .done)
            let attempts = try await bench.records.attempts(at: "a")
            let words = "killed; it had reached 2 GiB, and its next attempt begins when there are 3 GiB, or all that there can be"
            #expect(attempts.last?.failure?.message == words)
        }
    }

    @Test func `the next run knows it too, until the step has ended well`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let commands = HungryCommands(needsBytes: 3 << 30, output: try bench.blobs.put([1]))
            #expect(try await Self.run(Self.step(0), bench, commands).steps[StepID("a")] != .done)
            #expect(try await Self.run(Self.step(0), bench, commands).steps[StepID("a")] == .done)
            #expect(commands.given.withLock { $0 } == [1 << 30, 3 << 30])
            #expect(try await bench.records.estimates(["a"])[StepID("a")]?.memoryReachedBytes == nil)
            #expect(try await bench.records.estimates(["a"])[StepID("a")]?.memoryPeakBytes == 3 << 30)
        }
    }

    @Test func `what is declared is a limit, and stays`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let commands = HungryCommands(needsBytes: 6 << 30, output: try bench.blobs.put([1]))
            let outcome = try await Self.run(Self.step(1, memory: 2 << 30), bench, commands)
            #expect(commands.given.withLock { $0 } == [2 << 30, 2 << 30])
            #expect(outcome.steps[StepID("a")] == .failed(StepFailure(.memory, "killed")))
        }
    }
}
