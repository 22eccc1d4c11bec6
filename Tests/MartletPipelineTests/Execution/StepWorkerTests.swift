import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct StepWorkerTests {
    private let step = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:]) { context in
        StepResult(outputs: ["out": context.key])
    }

    private func attempt(_ number: Int = 1) -> StepAttempt {
        StepAttempt(
            step: step, id: StepID("a"), run: "r", number: number, key: StepKey(step: step, inputs: [:]).digest, inputs: [:],
            resources: .none, report: { _, _ in })
    }

    /// Runs a body with records in which the run is under way, and a job of its first attempt.
    private func withJob(_ body: (PipelineStore, JobFolder, StepWorker) async throws -> Void) async throws {
        try await withTemporaryFolder { path in
            let home = Home(path: path)
            try home.prepare()
            let database = try await home.openTracking()
            let records = try await PipelineStore(database)
            try await records.begin(RunRecord(id: "r", project: "p", startedAt: .now))
            let folder = JobFolder(attempt().jobName(round: 1), in: home)
            try folder.prepare(StepOrder(attempt()))
            try await body(records, folder, StepWorker(folder, records: records))
            try await database.close()
        }
    }

    private func record(_ number: Int = 1) -> AttemptRecord {
        AttemptRecord(run: "r", id: StepID("a"), number: number, key: attempt().key, startedAt: .now)
    }

    @Test func `an attempt is made once, by whoever begins it first`() async throws {
        try await withJob { _, _, worker in
            let order = try await worker.begin()
            let result = await StepWorker.make(order, on: LocalExecutor()) { step }
            #expect(result.isGood)
            await #expect(throws: MartletError.self) { try await worker.begin() }
        }
    }

    @Test func `an attempt that was given up is not made`() async throws {
        try await withJob { _, folder, worker in
            try #require(try folder.claim())
            await #expect(throws: MartletError.self) { try await worker.begin() }
        }
    }

    @Test func `an attempt that has ended, was followed by another, or whose run is over is not made`() async throws {
        try await withJob { records, folder, worker in
            var ended = record()
            try await records.begin(ended)
            ended.endedAt = .now
            try await records.end(ended, nil)
            await #expect(throws: MartletError.self) { try await worker.begin() }
            #expect(try folder.claim(), "it took no right that it did not use")
        }
        try await withJob { records, _, worker in
            try await records.begin(record(2))
            await #expect(throws: MartletError.self) { try await worker.begin() }
        }
        try await withJob { records, _, worker in
            try await records.begin(RunRecord(id: "next", project: "p", startedAt: .now))
            await #expect(throws: MartletError.self) { try await worker.begin() }
        }
    }

    @Test func `a run that goes on beside others ends none of them`() async throws {
        try await withJob { records, _, worker in
            try await records.begin(RunRecord(id: "beside", project: "p", startedAt: .now), besideOthers: true)
            #expect(try await worker.begin().run == "r")
        }
    }

    @Test func `a step that is another one on this machine fails, and says in what`() async throws {
        try await withJob { _, _, worker in
            let order = try await worker.begin()
            let other = Step(name: "a", code: "2", inputs: [:], parameters: [:], environment: [:]) { _ in StepResult(outputs: [:]) }
            guard case .failure(let failure) = await StepWorker.make(order, on: LocalExecutor(), step: { other }).result else {
                Issue.record("another step was run")
                return
            }
            #expect(failure.kind == .refused)
            #expect(failure.message.hasSuffix("code: 1 → 2"))
        }
    }
}
