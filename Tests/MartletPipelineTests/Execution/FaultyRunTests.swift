import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

/// A run whose records fail in the middle.
@Suite struct FaultyRunTests {
    @Test func `what ends well after a record could not be made is on record all the same`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let records = FaultyRecords(bench.records, failsAt: "bad")
            let long = Step(name: "long", code: "1", inputs: [:], parameters: [:], environment: [:]) { _ in
                await records.untilFailed()
                return StepResult(outputs: ["out": try bench.blobs.keep("long")])
            }
            let runner = PipelineRunner(records: records, contents: bench.blobs, executor: LocalExecutor())
            var options = PipelineRunner.Options()
            options.capacity = Resources(cores: 2, memoryBytes: 1 << 40)
            await #expect(throws: FaultyRecords.Fault.self) {
                _ = try await runner.run(
                    try StepGraph([bench.giving("bad", 1), long]), as: RunRecord(id: "r", project: "p", startedAt: .now), options: options
                ) { _ in }
            }
            #expect(try await bench.records.lastExecution("long") != nil)
            #expect(try await bench.records.attempts(at: "long").map(\.failure) == [nil])
            #expect(try await bench.records.lastExecution("bad") == nil)
            #expect(try await bench.records.run("r")?.state == .failed)
        }
    }

    @Test func `many that fail at once are put down together`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let records = FaultyRecords(bench.records, failsAt: "")
            var step = bench.step("many", fails: true)
            step.fanOuts = [FanOut(key: "number", values: .list((0..<300).map(String.init)))]
            let runner = PipelineRunner(records: records, contents: bench.blobs, executor: LocalExecutor())
            step.demand.cores = 1e6
            let outcome = try await runner.run(
                try StepGraph([step]), as: RunRecord(id: "r", project: "p", startedAt: .now), options: .init()
            ) { _ in }
            #expect(outcome.steps.count == 300)
            #expect(try await bench.records.deadLetters().count == 300)
            #expect(records.buryCount < 10)
        }
    }
}

/// Records that cannot put down how one step ended.
private final class FaultyRecords: PipelineRecords {
    struct Fault: Error {}

    private struct State {
        var hasFailed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var buryCount = 0
    }

    private let base: PipelineStore
    private let step: String
    private let state = Mutex(State())

    init(_ base: PipelineStore, failsAt step: String) { (self.base, self.step) = (base, step) }

    var buryCount: Int { state.withLock { $0.buryCount } }

    func untilFailed() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.hasFailed { state.waiting.append(continuation) }
                return state.hasFailed
            }
            if isOver { continuation.resume() }
        }
    }

    func begin(_ run: RunRecord) async throws { try await base.begin(run) }
    func end(_ run: RunRecord, saved: [String: SavedUsage]) async throws { try await base.end(run, saved: saved) }
    func executions(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution] { try await base.executions(keys) }
    func reused(_ executions: [StepExecution]) async throws { try await base.reused(executions) }
    func executionsOrLast(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution] { try await base.executionsOrLast(keys) }

    func lastExecutions(_ ids: [StepID]) async throws -> [StepID: StepExecution] { try await base.lastExecutions(ids) }
    func estimates(_ steps: [String]) async throws -> [StepID: StepEstimate] { try await base.estimates(steps) }
    func begin(_ attempt: AttemptRecord) async throws { try await base.begin(attempt) }

    func end(_ attempt: AttemptRecord, _ execution: StepExecution?) async throws {
        guard attempt.id.step == step else { return try await base.end(attempt, execution) }
        let waiting = state.withLock { state in
            state.hasFailed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
        throw Fault()
    }

    func unsettledAttempt(_ id: StepID, key: Digest) async throws -> AttemptRecord? { try await base.unsettledAttempt(id, key: key) }

    func bury(_ letters: [DeadLetter]) async throws {
        state.withLock { $0.buryCount += 1 }
        try await base.bury(letters)
    }
}
