import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

/// What runs make of a command that had ended well before its runner was killed.
@Suite struct LeftoverUseTests {
    /// A home, and a step that counts how often it ran.
    private struct Bench {
        let records: PipelineStore
        private let contents: HomeContents
        private let home: Home
        private let folder: String
        private let database: any SQLDatabase

        init(_ folder: String) async throws {
            home = Home(path: "\(folder)/home")
            try home.prepare()
            self.folder = folder
            database = try await home.openTracking()
            records = try await PipelineStore(database)
            contents = HomeContents(home: home)
        }

        private func executor(_ contents: HomeContents) -> LocalExecutor {
            LocalExecutor(commands: CommandRunner(home: home, contents: contents) { try Digest(ofFile: $0) })
        }

        var count: Int {
            let bytes = FileManager.default.contents(atPath: "\(folder)/count") ?? Data()
            return bytes.count { $0 == UInt8(ascii: "\n") }
        }

        func step(_ policy: StepPolicy = StepPolicy()) -> Step {
            let text = "echo ran >> '\(folder)/count'; cat '\(folder)/count' > \"$out\""
            let command = CommandWork(words: .shell(text), folder: folder, outputs: ["out": "out.txt"])
            var step = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:], work: .command(command))
            step.policy = policy
            return step
        }

        /// The command ends well, and its runner is killed before that is on record.
        func leave(_ step: Step) async throws {
            let attempt = StepAttempt(
                step: step, id: StepID("a"), run: "killed", number: 1, key: StepKey(step: step, inputs: [:]).digest, inputs: [:],
                resources: .none, report: { _, _ in })
            let executor = executor(HomeContents(home: home))
            let result = await executor.run(attempt)
            try #require(result.isGood)
            try #require(await executor.hasLeftover(attempt.id, attempt.key))
        }

        /// - Parameter delay: how much later than now it is for the run.
        @discardableResult
        func run(_ step: Step, isForced: Bool = false, after delay: Duration = .zero) async throws -> StepExecution {
            var options = PipelineRunner.Options()
            if isForced { options.forced = ["a"] }
            let runner = PipelineRunner(
                records: records, contents: contents, executor: UnforgettingExecutor(executor(contents)), clock: LaterClock(delay: delay),
                keys: KeyLocks(home: home))
            let run = RunRecord(id: "\(UInt64.random(in: .min ... .max))", project: "tests", startedAt: .now)
            let outcome = try await runner.run(StepGraph([step]), as: run, options: options, observe: { _ in })
            return try #require(outcome.executions[StepID("a")])
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(Bench($0)) }
    }

    private static func policy(lifetime: Duration? = nil, isOnceOnly: Bool = false) -> StepPolicy {
        var policy = StepPolicy()
        (policy.lifetime, policy.isOnceOnly) = (lifetime, isOnceOnly)
        return policy
    }

    @Test func `it is taken, with the times of its command, from which its lifetime counts`() async throws {
        try await withBench { bench in
            let before = Timestamp.now
            let step = bench.step(Self.policy(lifetime: .seconds(3_600)))
            try await bench.leave(step)
            let after = Timestamp.now
            let made = try await bench.run(step, after: .seconds(3_000))
            #expect(bench.count == 1)
            // The clock of files may be some milliseconds late.
            #expect(before - .seconds(1) <= made.startedAt)
            #expect(made.startedAt <= made.finishedAt)
            #expect(made.finishedAt <= after)
            try await bench.run(step, after: .seconds(3_500))
            #expect(bench.count == 1)
            try await bench.run(step, after: .seconds(3_700))
            #expect(bench.count == 2)
        }
    }

    @Test func `it is not taken where it is older than the step's lifetime, or the step always runs or was asked for`() async throws {
        for (lifetime, isForced) in [(Duration.seconds(60), false), (.zero, false), (nil, true)] {
            try await withBench { bench in
                let step = bench.step(Self.policy(lifetime: lifetime))
                try await bench.leave(step)
                try await bench.run(step, isForced: isForced, after: .seconds(120))
                #expect(bench.count == 2)
            }
        }
    }

    @Test func `one that is on record and was not forgotten is not taken again`() async throws {
        for (lifetime, isForced) in [(Duration.seconds(60), false), (.zero, false), (nil, true)] {
            try await withBench { bench in
                let step = bench.step(Self.policy(lifetime: lifetime))
                let first = try await bench.run(step)
                let second = try await bench.run(step, isForced: isForced, after: .seconds(120))
                #expect(bench.count == 2)
                #expect(second.mark != first.mark)
            }
        }
    }

    @Test func `a once-only step whose end nobody heard is not run again, whatever was asked for`() async throws {
        try await withBench { bench in
            let step = bench.step(Self.policy(lifetime: .seconds(60), isOnceOnly: true))
            try await bench.records.begin(
                AttemptRecord(
                    run: "killed", id: StepID("a"), number: 1, key: StepKey(step: step, inputs: [:]).digest, isOnceOnly: true,
                    startedAt: .now))
            try await bench.leave(step)
            try await bench.run(step, isForced: true, after: .seconds(120))
            #expect(bench.count == 1)
        }
    }

    @Test func `a window holds what began from then on, and ended after and up to then`() {
        func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
        var window = LeftoverWindow.any
        (window.startedFrom, window.endedAfter, window.endedUpTo) = (time(2), time(4), time(6))
        for start in Int64(0)...6 {
            for end in start...8 {
                let isInside = start >= 2 && end > 4 && end <= 6
                #expect(window.contains(AttemptSpan(startedAt: time(start), endedAt: time(end))) == isInside)
            }
        }
        let span = AttemptSpan(startedAt: time(0), endedAt: time(1))
        #expect(LeftoverWindow.any.contains(span) && LeftoverWindow.any.contains(nil))
        #expect(!LeftoverWindow.none.contains(span) && !LeftoverWindow.none.contains(nil) && !window.contains(nil))
    }
}

/// Is killed each time before it forgets.
private struct UnforgettingExecutor: Executor {
    let name = "unforgetting"
    private let own: LocalExecutor

    init(_ own: LocalExecutor) { self.own = own }

    func capacity() async -> Resources { await own.capacity() }
    func run(_ attempt: StepAttempt) async -> AttemptResult { await own.run(attempt) }
    func hasLeftover(_ id: StepID, _ key: Digest) async -> Bool { await own.hasLeftover(id, key) }
    func forget(_ attempt: StepAttempt) async {}
    func readsRecorded(_ attempt: StepAttempt) -> Bool { own.readsRecorded(attempt) }
}

/// This machine's, that much later.
private struct LaterClock: RunClock {
    let delay: Duration

    var now: Timestamp { .now + delay }

    func wait(until time: Timestamp) async { await SystemClock().wait(until: time - delay) }
}
