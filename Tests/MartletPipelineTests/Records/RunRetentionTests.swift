import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct RunRetentionTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private static func run(_ id: String, days: Int, _ state: RunRecord.State = .done) -> RunRetention.Run {
        RunRetention.Run(id: id, state: state, startedAt: now - .seconds(days * 86_400))
    }

    private static func execution(
        _ step: String, _ key: String, run: String?, outputs: Set<Digest> = [], inputs: Set<Digest> = []
    ) -> RunRetention.Execution {
        RunRetention.Execution(id: StepID(step), key: Digest(of: key), outputs: outputs, inputs: inputs, run: run)
    }

    private static let retention = RunRetention(newestCount: 2, age: .zero, now: now)

    @Test func `the newest runs stay, and young ones, and what runs`() {
        let runs = [
            Self.run("a", days: 100), Self.run("b", days: 101), Self.run("c", days: 61), Self.run("d", days: 63),
            Self.run("e", days: 200, .running), Self.run("f", days: 300, .failed),
        ]
        #expect(Self.retention.leaving(runs, [], used: [:], needed: [], restedOn: []) == ["d", "f"])
        #expect(Self.retention.leaving(runs, [], used: [:], needed: [], restedOn: ["d"]) == ["f"])
        let longer = RunRetention(newestCount: 1, age: .seconds(250 * 86_400), now: Self.now)
        #expect(longer.leaving(runs, [], used: [:], needed: [], restedOn: []) == ["f"])
    }

    @Test func `a run stays that made what is present, used, or needed`() {
        let runs = (0..<6).map { Self.run("\($0)", days: 100 + $0) }
        let released = Digest(of: "released")
        let executions = [
            Self.execution("x", "x2", run: "2"), Self.execution("x", "x3", run: "3"), Self.execution("x", "x4", run: "4"),
            Self.execution("x", "x5", run: "5", outputs: [released]), Self.execution("y", "y", run: nil),
        ]
        #expect(Self.retention.leaving(runs, executions, used: [:], needed: [], restedOn: []) == ["3", "4", "5"])
        #expect(Self.retention.leaving(runs, executions, used: [:], needed: [released], restedOn: []) == ["3", "4"])
        let used = [StepID("x"): [Digest(of: "x4")] as Set, StepID("y"): [Digest(of: "x3")]]
        #expect(Self.retention.leaving(runs, executions, used: used, needed: [], restedOn: []) == ["3", "5"])
    }

    @Test func `what a run without a list of it read stays, and what that was made of`() {
        let runs = (0..<6).map { Self.run("\($0)", days: 100 + $0) }
        let (raw, clean, other) = (Digest(of: "raw"), Digest(of: "clean"), Digest(of: "other"))
        let executions = [
            Self.execution("train", "t0", run: "0", inputs: [clean]),
            Self.execution("fetch", "f2", run: "2"), Self.execution("clean", "c2", run: "2"),
            Self.execution("clean", "c3", run: "3", outputs: [other], inputs: [raw]),
            Self.execution("clean", "c4", run: "4", outputs: [clean], inputs: [raw]),
            Self.execution("fetch", "f5", run: "5", outputs: [raw]),
        ]
        #expect(Self.retention.leaving(runs, executions, used: [:], needed: [], restedOn: []) == ["3", "4", "5"])
        #expect(Self.retention.leaving(runs, executions, used: [:], unlisted: ["0"], needed: [], restedOn: []) == ["3"])
        #expect(Self.retention.leaving(runs, executions, used: [:], unlisted: ["1"], needed: [], restedOn: []) == ["3", "4", "5"])
    }

    // MARK: In the records

    /// A run of long ago that made a step with a key.
    private func make(
        _ run: String, _ step: String, _ key: String, _ bench: PipelineBench, once: Bool = false, reads: JSONValue = [:],
        makes outputs: [String: Digest] = [:]
    ) async throws {
        let start = Timestamp.now - .seconds(100 * 86_400)
        var record = RunRecord(id: run, project: "tests", startedAt: start)
        try await bench.records.begin(record)
        var attempt = AttemptRecord(
            run: run, id: StepID(step), number: 1, key: Digest(of: key), isOnceOnly: once, startedAt: start)
        try await bench.records.begin(attempt)
        attempt.endedAt = start
        let execution = StepExecution(
            id: attempt.id, key: attempt.key, keyParts: ["inputs": reads], outputs: outputs, run: run, startedAt: start, finishedAt: start)
        try await bench.records.end(attempt, execution)
        (record.state, record.endedAt) = (.done, start)
        var saved = SavedUsage()
        saved.instances = 1
        try await bench.records.end(record, saved: ["other": saved])
    }

    @Test func `what goes goes with its attempts and executions, and is counted before`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            for (run, key) in [("r1", "k1"), ("r2", "k2"), ("r3", "k3")] { try await make(run, "a", key, bench) }
            try await make("r4", "pay", "p", bench, once: true)
            try await make("r5", "pay", "q", bench)
            try await make("r6", "b", "b", bench)
            let retention = RunRetention(newestCount: 1, age: .zero, now: .now)
            let removal = try await bench.records.removal(retention, of: "tests", needed: []) {
                try RunManifest(json: bench.blobs.json($0))
            }
            #expect(removal == RunRemoval(runs: ["r2", "r1"], attemptCount: 2, executionCount: 2))
            #expect(try await bench.records.runs().count == 6)
            #expect(try await bench.records.removal(retention, of: "others", needed: []) { _ in try RunManifest(json: [:]) }.runs == [])
            try await bench.records.remove(removal)
            #expect(try await bench.records.runs().map(\.id) == ["r6", "r5", "r4", "r3"])
            #expect(try await bench.records.attempts(at: "a").map(\.run) == ["r3"])
            #expect(try await bench.records.executions(of: "a").map(\.key) == [Digest(of: "k3")])
            #expect(try await bench.records.executions(of: "pay").count == 2)
            let savings = try await bench.records.savings(from: Timestamp(microseconds: 0), until: .now)
            #expect(Set(savings.map(\.run)) == ["r3", "r4", "r5", "r6"])
        }
    }

    @Test func `what a run that ended without a manifest had read is found by its own executions`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let (clean, part) = (Digest(of: "clean"), Digest(of: "part"))
            try await make("r1", "clean", "c1", bench, makes: ["out": clean])
            try await make("r2", "parts", "p2", bench, makes: ["out": part])
            for (run, step) in [("r3", "clean"), ("r4", "parts")] { try await make(run, step, run, bench) }
            let reads: JSONValue = ["one": .string(clean.description), "many": ["day=1": .string(part.description)]]
            try await make("r5", "train", "t", bench, reads: reads)
            let retention = RunRetention(newestCount: 1, age: .zero, now: .now)
            let removal = try await bench.records.removal(retention, of: "tests", needed: []) { _ in try RunManifest(json: [:]) }
            #expect(removal.runs.isEmpty)
        }
    }
}
