import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

/// A once-only step whose beginning was put on record, and whose work did not begin.
@Suite struct UnbegunStepTests {
    private typealias Run = Task<PipelineRunner.Outcome, any Error>

    /// Runs it twice, the first time with something that happens before its work. - Returns: what became of it, and how often it ran.
    private func outcomes(_ first: @escaping @Sendable (Run) throws -> Void) async throws -> (all: [StepOutcome?], count: Int) {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            var step = bench.step("once")
            step.policy.isOnceOnly = true
            let graph = try StepGraph([step])
            var outcomes: [StepOutcome?] = []
            for isFirst in [true, false] {
                let begun = Mutex<Run?>(nil)
                let preparation: PipelineRunner.Preparation = { _ in
                    while true { if let run = begun.withLock({ $0 }) { return isFirst ? try first(run) : () } }
                }
                let runner = PipelineRunner(
                    records: bench.records, contents: bench.blobs, executor: LocalExecutor(), preparation: preparation)
                let record = RunRecord(id: "\(outcomes.count)", project: "p", startedAt: .now)
                let run = Run { try await runner.run(graph, as: record) { _ in } }
                begun.withLock { $0 = run }
                outcomes.append(try await run.value.steps[StepID("once")])
            }
            return (outcomes, bench.ran.take().count)
        }
    }

    @Test func `runs the next time where there was no room to prepare it`() async throws {
        let (all, count) = try await outcomes { _ in throw MartletError(.storage, "there is no room") }
        #expect(all == [.failed(StepFailure(.start, "there is no room")), .done])
        #expect(count == 1)
    }

    @Test func `runs the next time where its run was cancelled meanwhile`() async throws {
        let (all, count) = try await outcomes { $0.cancel() }
        #expect(all == [.cancelled, .done])
        #expect(count == 1)
    }
}
