import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct RunTallyTests {
    private static func at(_ microseconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds) }

    /// Begins an attempt, and ends it where it is to.
    private static func attempt(
        _ store: PipelineStore, _ run: String, _ step: String, _ number: Int = 1, fails: Bool = false, ends: Bool = true
    ) async throws {
        var attempt = AttemptRecord(run: run, id: StepID(step), number: number, key: Digest(of: step), startedAt: at(1))
        try await store.begin(attempt)
        guard ends else { return }
        var usage = StepUsage()
        usage.cpuSeconds = 2
        (attempt.endedAt, attempt.usage, attempt.failure) = (at(2), usage, fails ? StepFailure(.exit, "status 1") : nil)
        try await store.end(attempt, nil)
    }

    @Test(arguments: DatabaseKind.all)
    func `a run's steps are counted by their last attempts, and what was reused when it has ended`(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let store = try await PipelineStore(database)
            var run = RunRecord(id: "a", project: "p", startedAt: Self.at(0))
            try await store.begin(run)
            try await Self.attempt(store, "a", "fetch")
            try await Self.attempt(store, "a", "clean", fails: true)
            try await Self.attempt(store, "a", "clean", 2)
            try await Self.attempt(store, "a", "board", fails: true)
            try await Self.attempt(store, "a", "late", fails: true)
            try await Self.attempt(store, "a", "late", 2, ends: false)
            try await Self.attempt(store, "other", "fetch")
            (run.state, run.endedAt) = (.failed, Self.at(9))
            var saved = SavedUsage()
            saved.instances = 7
            try await store.end(run, saved: ["weather": saved, "codes": saved])
            let tally = try await store.tally(of: run)
            #expect((tally.doneCount, tally.failedCount, tally.reusedCount) == (2, 1, 14))
            #expect(tally.used.cpuSeconds == 10)
            #expect(try await store.tally(of: RunRecord(id: "none", project: "p", startedAt: Self.at(0))) == RunTally())
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `runs before another are listed, the newest first`(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let store = try await PipelineStore(database)
            for id in ["a", "b", "c"] { try await store.begin(RunRecord(id: id, project: "p", startedAt: Self.at(0))) }
            #expect(try await store.runs(before: nil, limit: 2).map(\.id) == ["c", "b"])
            #expect(try await store.runs(before: "b", limit: 2).map(\.id) == ["a"])
            #expect(try await store.runs(before: "unknown", limit: 2).isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the first attempts of a run are listed where there is a limit`(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let store = try await PipelineStore(database)
            for step in ["a", "b", "c"] { try await Self.attempt(store, "r", step) }
            #expect(try await store.attempts(ofRun: "r", limit: 2).map(\.id.step) == ["a", "b"])
            #expect(try await store.attempts(ofRun: "r").count == 3)
        }
    }
}
