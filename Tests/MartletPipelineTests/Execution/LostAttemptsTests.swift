import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct LostAttemptsTests {
    private static let usage = {
        var usage = StepUsage()
        (usage.wallSeconds, usage.cpuSeconds, usage.memoryPeakBytes) = (3, 2, 1 << 20)
        return usage
    }()

    private static let here = MachineStart(host: "here", boot: "1", processes: 1)

    /// What a runner does that begins here.
    private static func settle(_ bench: PipelineBench, _ home: Home, accelerators: Int = 0, at now: Timestamp = .now) async throws {
        var step = bench.step("a")
        step.demand.accelerators = accelerators
        try await LostAttempts(bench.records, home: home, machine: here).settle(of: "tests", in: try StepGraph([step]), at: now)
    }

    /// An attempt that began in a run and did not end, with its folder as its runner left it.
    private static func begin(
        _ run: String, _ key: Digest, _ bench: PipelineBench, _ home: Home, number: Int = 1, on machine: MachineStart? = here
    ) async throws {
        var record = RunRecord(id: run, project: "tests", startedAt: .now)
        record.machine = machine?.text
        try await bench.records.begin(record, besideOthers: true)
        try await bench.records.begin(AttemptRecord(run: run, id: StepID("a"), number: number, key: key, startedAt: .now))
        let files = AttemptFiles(folder: home.attemptPath(key: key))
        try FileManager.default.createDirectory(atPath: files.folder, withIntermediateDirectories: true)
        let description: JSONValue = ["run": .string(run), "attempt": 1]
        try Data(description.canonicalText.utf8).write(to: URL(filePath: "\(files.folder)/step.json"))
        var note = UsageNote()
        note.put(usage, at: UsageNote.interval, to: files)
    }

    @Test func `an attempt whose runner is gone ends with what was noted of it`() async throws {
        try await withTemporaryFolder { folder in
            let (bench, home, key) = (try await PipelineBench(folder), Home(path: "\(folder)/home"), Digest(of: "k"))
            try await Self.begin("r", key, bench, home)
            #expect(try await bench.records.openAttempts(of: "tests").count == 1)
            #expect(try await bench.records.openAttempts(of: "others").isEmpty)
            try await Self.settle(bench, home)
            let attempt = try #require(try await bench.records.attempts(ofRun: "r").first)
            #expect(attempt.failure?.kind == .lost)
            #expect(attempt.usage == Self.usage)
            #expect(attempt.endedAt == attempt.startedAt + .seconds(3))
            #expect(try await bench.records.openAttempts(of: "tests").isEmpty)
        }
    }

    @Test func `an attempt whose key is held is under way, and the folder of another tells nothing`() async throws {
        try await withTemporaryFolder { folder in
            let (bench, home) = (try await PipelineBench(folder), Home(path: "\(folder)/home"))
            let (held, later) = (Digest(of: "held"), Digest(of: "later"))
            try await Self.begin("one", held, bench, home)
            try await Self.begin("two", later, bench, home, number: 2)
            let hold = try #require(try KeyLocks(home: home).take(held))
            try await Self.settle(bench, home, at: .now + .seconds(60))
            #expect(try await bench.records.attempts(ofRun: "one").first?.endedAt == nil)
            let other = try #require(try await bench.records.attempts(ofRun: "two").first)
            #expect(other.failure?.kind == .lost)
            #expect(other.usage == nil)
            #expect(other.endedAt == other.startedAt)
            hold.release()
        }
    }

    @Test func `what a step says of accelerators its lost attempt had`() async throws {
        try await withTemporaryFolder { folder in
            let (bench, home) = (try await PipelineBench(folder), Home(path: "\(folder)/home"))
            try await Self.begin("r", Digest(of: "k"), bench, home)
            try await Self.settle(bench, home, accelerators: 2)
            #expect(try await bench.records.attempts(ofRun: "r").first?.usage?.acceleratorSeconds == 6)
        }
    }

    @Test(arguments: [
        MachineStart(host: "there", boot: "1", processes: 1), MachineStart(host: "here", boot: "1", processes: 2), nil,
    ])
    func `an attempt whose lock may not be seen here is lost only after a day`(machine: MachineStart?) async throws {
        try await withTemporaryFolder { folder in
            let (bench, home) = (try await PipelineBench(folder), Home(path: "\(folder)/home"))
            try await Self.begin("r", Digest(of: "k"), bench, home, on: machine)
            let start = try #require(try await bench.records.attempts(ofRun: "r").first).startedAt
            let day = start + LostAttempts.otherMachinesAge
            try await Self.settle(bench, home, at: day - .microseconds(1))
            #expect(try await bench.records.attempts(ofRun: "r").first?.endedAt == nil)
            try await Self.settle(bench, home, at: day)
            #expect(try await bench.records.attempts(ofRun: "r").first?.failure?.kind == .lost)
        }
    }

    @Test func `what ran before this machine began anew is lost at once`() async throws {
        try await withTemporaryFolder { folder in
            let (bench, home) = (try await PipelineBench(folder), Home(path: "\(folder)/home"))
            try await Self.begin("r", Digest(of: "k"), bench, home, on: MachineStart(host: "here", boot: "0", processes: 9))
            try await Self.settle(bench, home)
            #expect(try await bench.records.attempts(ofRun: "r").first?.failure?.kind == .lost)
        }
    }

    @Test func `an end that was put down is not overwritten`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            try await bench.run([bench.step("a")])
            var attempt = try #require(try await bench.records.attempts(at: "a").first)
            let before = attempt
            attempt.failure = StepFailure(.lost, "gone")
            try await bench.records.lose(attempt)
            #expect(try await bench.records.attempts(at: "a") == [before])
        }
    }
}
