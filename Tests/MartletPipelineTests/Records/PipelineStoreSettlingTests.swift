import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct PipelineStoreSettlingTests {
    private static func with(_ kind: DatabaseKind, _ body: (PipelineStore) async throws -> Void) async throws {
        try await kind.withDatabase { database in try await body(try await PipelineStore(database)) }
    }

    private static func attempt(
        _ step: String, day: String? = nil, run: String = "r", _ number: Int = 1, key: String = "k", isOnceOnly: Bool = true
    ) -> AttemptRecord {
        AttemptRecord(
            run: run, id: StepID(step, day.map { StepPartition(["day": $0]) } ?? .whole), number: number, key: Digest(of: key),
            isOnceOnly: isOnceOnly, startedAt: Timestamp(microseconds: Int64(number)))
    }

    @Test(arguments: DatabaseKind.all)
    func `an attempt that may have run is settled by who says so, and stays on record`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            try await store.begin(Self.attempt("pay"))
            var failed = Self.attempt("pay", run: "s")
            try await store.begin(failed)
            (failed.endedAt, failed.failure) = (Timestamp(microseconds: 9), StepFailure(.exit, "status 1"))
            try await store.end(failed, nil)
            let now = Timestamp(microseconds: 1_000_000)
            #expect(try await store.settle(StepID("pay"), key: Digest(of: "k"), by: "ann", at: now) == 2)
            #expect(try await store.unsettledAttempt(StepID("pay"), key: Digest(of: "k")) == nil)
            let attempts = try await store.attempts(at: "pay")
            #expect(attempts.map(\.failure?.kind) == [.start, .start])
            #expect(attempts.map(\.endedAt) == [Timestamp(microseconds: 9), now])
            #expect(attempts[0].failure?.message == "ann let it begin again at 1970-01-01T00:00:01.000000Z; before: status 1")
            #expect(attempts[1].failure?.message.hasPrefix("ann let it begin again at") == true)
            #expect(try await store.settle(StepID("pay"), key: Digest(of: "k"), by: "ann", at: now) == 0)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `attempts at other keys, instances and steps, and those that ended well, are not settled`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            for attempt in [
                Self.attempt("pay", run: "1", key: "other"), Self.attempt("pay", day: "1", run: "2"), Self.attempt("tell", run: "3"),
                Self.attempt("pay", run: "4", isOnceOnly: false),
            ] { try await store.begin(attempt) }
            var done = Self.attempt("pay", run: "5")
            try await store.begin(done)
            done.endedAt = Timestamp(microseconds: 9)
            try await store.end(done, nil)
            #expect(try await store.settle(StepID("pay"), key: Digest(of: "k"), by: "ann", at: .now) == 0)
            #expect(try await store.unsettledAttempt(StepID("pay"), key: Digest(of: "other")) != nil)
            #expect(try await store.attempts(ofRun: "5").map(\.failure) == [nil])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `letters that were answered go, and no others`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            let letters = ["1", "2"].map { day in
                DeadLetter(
                    id: Self.attempt("clean", day: day).id, run: "r", failure: StepFailure(.exit, "bad"), at: Timestamp(microseconds: 9))
            }
            try await store.bury(letters)
            try await store.forget(lettersOf: [letters[0].id, StepID("clean")])
            #expect(try await store.deadLetters() == [letters[1]])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the newest attempt is found by instance, run and number`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            let attempts = [
                Self.attempt("clean", day: "1", run: "a", 1), Self.attempt("clean", day: "1", run: "a", 2),
                Self.attempt("clean", day: "2", run: "a", 1), Self.attempt("clean", day: "1", run: "b", 1), Self.attempt("end", run: "b"),
            ]
            for attempt in attempts { try await store.begin(attempt) }
            let first = attempts[0].id.partition
            #expect(try await store.lastAttempt(at: "clean") == attempts[3])
            #expect(try await store.lastAttempt(at: "clean", run: "a") == attempts[2])
            #expect(try await store.lastAttempt(at: "clean", instance: first, run: "a") == attempts[1])
            #expect(try await store.lastAttempt(at: "clean", instance: first, run: "a", number: 1) == attempts[0])
            #expect(try await store.lastAttempt(at: "clean", number: 3) == nil)
            #expect(try await store.lastAttempt(at: "clear") == nil)
            #expect(try await store.attemptedSteps() == ["clean", "end"])
            #expect(try await store.attemptedInstances(of: "clean").map(\.description) == ["clean[day=1]", "clean[day=2]"])
            #expect(try await store.attemptedInstances(of: "end") == [StepID("end")])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the outputs of all executions come with the newest first`(kind: DatabaseKind) async throws {
        try await Self.with(kind) { store in
            for key in ["a", "b"] {
                let attempt = Self.attempt("train", run: key, key: key)
                try await store.end(
                    attempt,
                    StepExecution(
                        id: attempt.id, key: attempt.key, keyParts: [:], outputs: ["model": Digest(of: "model \(key)")],
                        startedAt: attempt.startedAt, finishedAt: attempt.startedAt))
            }
            #expect(try await store.allOutputs().map(\.outputs) == [[Digest(of: "model b")], [Digest(of: "model a")]])
            var run = RunRecord(id: "1", project: "p", startedAt: Timestamp(microseconds: 1))
            run.sources = Digest(of: "files")
            try await store.begin(run)
            let contents = try await store.allRunContents()
            #expect(contents.map(\.sources) == [Digest(of: "files")])
            #expect(contents.map(\.manifest) == [nil])
        }
    }
}
