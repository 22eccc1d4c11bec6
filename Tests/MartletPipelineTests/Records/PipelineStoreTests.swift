import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct PipelineStoreTests {
    private static func with(_ kind: DatabaseKind, _ body: (PipelineStore) async throws -> Void) async throws {
        try await kind.withDatabase { database in try await body(try await PipelineStore(database)) }
    }

    private static func execution(_ step: String, _ key: String, day: String? = nil, seconds: Double = 1) -> StepExecution {
        var usage = StepUsage()
        (usage.wallSeconds, usage.memoryPeakBytes, usage.cpuSeconds) = (seconds, 1_000, 0.5)
        return StepExecution(
            id: StepID(step, day.map { StepPartition(["day": $0]) } ?? .whole), key: Digest(of: key),
            keyParts: ["code": "c", "inputs": ["a": "b"]], outputs: ["model": Digest(of: "m")], summary: ["rows": 3], usage: usage,
            run: "r", startedAt: Timestamp(microseconds: 1), finishedAt: Timestamp(microseconds: 2))
    }

    private static func record(_ execution: StepExecution, in store: PipelineStore) async throws {
        let attempt = AttemptRecord(run: "r", id: execution.id, number: 1, key: execution.key, startedAt: execution.startedAt)
        try await store.end(attempt, execution)
    }

    @Test(arguments: DatabaseKind.all)
    func `an execution comes back by its step, instance and key, whole`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            let execution = Self.execution("clean", "k", day: "1 \"x\"")
            try await Self.record(execution, in: store)
            #expect(try await store.executions([execution.id: execution.key])[execution.id] == execution)
            #expect(try await store.executions([StepID("clean"): execution.key]).isEmpty)
            #expect(try await store.executions([execution.id: Digest(of: "other")]).isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the last execution is the one that was recorded last, also where its key is an old one`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            for key in ["a", "b", "a"] { try await Self.record(Self.execution("train", key), in: store) }
            #expect(try await store.lastExecution("train")?.key == Digest(of: "a"))
            #expect(try await store.lastExecution("other") == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an execution that is reused is the last again, and what it was`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            let (old, other) = (Self.execution("train", "a"), Self.execution("clean", "a", day: "1"))
            for execution in [old, Self.execution("train", "b"), other] { try await Self.record(execution, in: store) }
            try await store.reused([old, other])
            #expect(try await store.lastExecution("train") == old)
            #expect(try await store.lastExecutions([other.id])[other.id] == other)
            #expect(try await store.executionsOrLast([old.id: Digest(of: "b")])[old.id] == Self.execution("train", "b"))
            #expect(try await store.executionsOrLast([other.id: Digest(of: "none")])[other.id] == other)
            #expect(try await store.executionsOrLast([StepID("none"): Digest(of: "b")]).isEmpty)
            #expect(try await store.executions([old.id: Digest(of: "b")])[old.id] == Self.execution("train", "b"))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the median of the last durations and the highest peak are what is expected of the next`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            for (number, seconds) in [100.0, 1, 2, 3, 4, 50].enumerated() {
                try await Self.record(Self.execution("train", "\(number)", seconds: seconds), in: store)
            }
            for day in 1...3 { try await Self.record(Self.execution("clean", "k", day: "\(day)", seconds: Double(day)), in: store) }
            let estimates = try await store.estimates(["train", "clean", "none"])
            #expect(estimates[StepID("train")] == StepEstimate(seconds: 3, memoryPeakBytes: 1_000))
            #expect(estimates[StepID("clean", StepPartition(["day": "3"]))]?.seconds == 3)
            #expect(estimates[StepID("clean")]?.seconds == 2)
            #expect(estimates[StepID("none")] == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what attempts had reached that were killed for memory counts until one ends well`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            func fail(_ number: Int, _ kind: StepFailure.Kind, bytes: Int, day: String) async throws {
                var attempt = AttemptRecord(
                    run: "r\(number)", id: StepID("clean", StepPartition(["day": day])), number: 1, key: Digest(of: "k"),
                    startedAt: Timestamp(microseconds: 1))
                try await store.begin(attempt)
                var usage = StepUsage()
                usage.memoryPeakBytes = bytes
                (attempt.endedAt, attempt.failure, attempt.usage) = (Timestamp(microseconds: 2), StepFailure(kind, "no"), usage)
                try await store.end(attempt, nil)
            }
            func reached(_ day: String?) async throws -> Int? {
                let id = StepID("clean", day.map { StepPartition(["day": $0]) } ?? .whole)
                return try await store.estimates(["clean"])[id]?.memoryReachedBytes
            }
            try await fail(1, .memory, bytes: 5_000, day: "1")
            try await fail(2, .memory, bytes: 4_000, day: "1")
            try await fail(3, .exit, bytes: 9_000, day: "1")
            try await fail(4, .memory, bytes: 6_000, day: "2")
            #expect(try await [reached("1"), reached("2"), reached("3"), reached(nil)] == [5_000, 6_000, nil, 6_000])
            let execution = Self.execution("clean", "k", day: "2")
            try await store.begin(AttemptRecord(run: "r", id: execution.id, number: 1, key: execution.key, startedAt: execution.startedAt))
            var ended = AttemptRecord(run: "r", id: execution.id, number: 1, key: execution.key, startedAt: execution.startedAt)
            ended.endedAt = execution.finishedAt
            try await store.end(ended, execution)
            #expect(try await [reached("1"), reached("2"), reached(nil)] == [5_000, nil, nil])
            #expect(try await store.estimates(["clean"])[execution.id]?.memoryPeakBytes == 1_000)
            try await fail(5, .memory, bytes: 3_000, day: "3")
            #expect(try await [reached("1"), reached("2"), reached("3"), reached(nil)] == [5_000, nil, 3_000, 3_000])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an attempt at a once-only step is unsettled until it ended well or never began`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            func attempt(_ number: Int) -> AttemptRecord {
                AttemptRecord(
                    run: "r", id: StepID("pay"), number: number, key: Digest(of: "k"), isOnceOnly: true,
                    startedAt: Timestamp(microseconds: 5))
            }
            func unsettled() async throws -> Int? { try await store.unsettledAttempt(StepID("pay"), key: Digest(of: "k"))?.number }
            #expect(try await unsettled() == nil)
            var first = attempt(1)
            try await store.begin(first)
            #expect(try await unsettled() == 1)
            (first.endedAt, first.failure) = (Timestamp(microseconds: 6), StepFailure(.start, "no such program"))
            try await store.end(first, nil)
            #expect(try await unsettled() == nil)
            var second = attempt(2)
            try await store.begin(second)
            (second.endedAt, second.failure) = (Timestamp(microseconds: 7), StepFailure(.exit, "status 1"))
            try await store.end(second, nil)
            #expect(try await unsettled() == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a dead letter goes when its step is made`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            let execution = Self.execution("clean", "k", day: "1")
            let letter = DeadLetter(id: execution.id, run: "r", failure: StepFailure(.exit, "bad"), at: Timestamp(microseconds: 9))
            try await store.bury([letter, letter])
            #expect(try await store.deadLetters() == [letter])
            try await Self.record(execution, in: store)
            #expect(try await store.deadLetters().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a run that begins finds those that never ended lost`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            var first = RunRecord(
                id: "1", project: "p", cause: RunCause(.schedule, name: "nightly"), steps: ["a"], startedAt: Timestamp(microseconds: 1))
            try await store.begin(first)
            let second = RunRecord(id: "2", project: "p", startedAt: Timestamp(microseconds: 2))
            try await store.begin(second)
            let runs = try await store.runs(limit: 10)
            #expect(runs.map(\.id) == ["2", "1"])
            #expect(runs.map(\.state) == [.running, .lost])
            #expect(runs[1].cause == first.cause && runs[1].steps == ["a"])
            (first.state, first.endedAt, first.message) = (.failed, Timestamp(microseconds: 3), "no")
            try await store.end(first, saved: [:])
            #expect(try await store.runs(limit: 1).map(\.id) == ["2"])
            #expect(try await store.run("1")?.message == "no")
        }
    }
}
