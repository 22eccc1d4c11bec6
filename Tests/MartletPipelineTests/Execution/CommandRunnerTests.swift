import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct CommandRunnerTests {
    @Test func `what a runner that is gone left running is ended, and its step made`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let command = CommandWork(words: .shell("echo made > \"$out\""), folder: folder, outputs: ["out": "out.txt"])
            let step = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:], work: .command(command))
            let key = StepKey(step: step, partition: .whole, inputs: [:]).digest
            // Its lifeline holds, so that nothing but the next runner ends it.
            let (left, old) = try await Self.leave("exec sleep 600", in: home.attemptPath(key: key), folder)
            #expect(StepLeftover(in: home.attemptPath(key: key)) == .running)
            let attempt = StepAttempt(
                step: step, id: StepID("a"), run: "r", number: 1, key: key, inputs: [:], resources: .none, report: { _, _ in })
            let result = await CommandRunner(home: home) { try Digest(ofFile: $0) }.run(command, attempt)
            #expect(StepFixture.isOver(old))
            guard case .success(let made) = result.result else {
                Issue.record("the step failed: \(result.result)")
                return
            }
            #expect(made.outputs.keys.sorted() == ["out"])
            withExtendedLifetime(left) {}
        }
    }

    @Test func `a command is told which attempt it is, by the number that people are shown`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let text = "test \"$MARTLET_RUN $MARTLET_ATTEMPT\" = 'r 2' && grep -q '\"attempt\": 2' $MARTLET_STEP"
            let command = CommandWork(words: .shell(text), folder: folder, outputs: [:])
            let step = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:], work: .command(command))
            let attempt = StepAttempt(
                step: step, id: StepID("a"), run: "r", number: 2, key: StepKey(step: step, inputs: [:]).digest, inputs: [:],
                resources: .none, report: { _, _ in })
            let result = await CommandRunner(home: home) { try Digest(ofFile: $0) }.run(command, attempt)
            guard case .success = result.result else {
                Issue.record("the step failed: \(result.result)")
                return
            }
        }
    }

    @Test func `what had ended well is kept without running again, with what it had used`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let command = CommandWork(words: .shell("exit 3"), folder: folder, outputs: ["out": "out.txt"])
            let step = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:], work: .command(command))
            let key = StepKey(step: step, partition: .whole, inputs: [:]).digest
            let files = AttemptFiles(folder: home.attemptPath(key: key))
            let (left, _) = try await Self.leave(
                "mkdir '\(files.folder)/outputs'; echo made > '\(files.folder)/outputs/out.txt'", in: files.folder, folder)
            try await waitUntil("it has ended") { StepLeftover(in: files.folder) == .ended(status: 0) }
            left.lifeline = nil
            var (note, usage) = (UsageNote(), StepUsage())
            (usage.wallSeconds, usage.cpuSeconds) = (4, 3)
            note.put(usage, at: .seconds(4), to: files)
            let attempt = StepAttempt(
                step: step, id: StepID("a"), run: "r", number: 1, key: key, inputs: [:], resources: .none, report: { _, _ in })
            let result = await CommandRunner(home: home) { try Digest(ofFile: $0) }.run(command, attempt)
            guard case .success = result.result else {
                Issue.record("the step failed: \(result.result)")
                return
            }
            #expect(result.earlierUsage == usage)
            #expect(result.usage == StepUsage())
        }
    }

    @Test func `what had ended well and found no room on the disk is kept by the next attempt, without running again`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let text = "echo ran >> '\(folder)/count'; mkdir \"$out\"; echo made > \"$out/file\""
            let command = CommandWork(words: .shell(text), folder: folder, outputs: ["out": "out/"])
            let attempt = Self.attempt(Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:], work: .command(command)))
            let runner = CommandRunner(home: home) { try Digest(ofFile: $0) }
            // Nothing can be written where contents are.
            try FileManager.default.removeItem(atPath: home.temporaryPath)
            try Data().write(to: URL(filePath: home.temporaryPath))
            guard case .failure(let failure) = await runner.run(command, attempt).result else {
                Issue.record("there was room for it")
                return
            }
            #expect(failure.kind == .exit && failure.message.contains("waits for its next attempt"))
            #expect(runner.hasLeftover(attempt.key))
            try FileManager.default.removeItem(atPath: home.temporaryPath)
            try home.prepare()
            #expect(await runner.run(command, attempt).isGood)
            #expect(try String(contentsOfFile: "\(folder)/count", encoding: .utf8) == "ran\n")
        }
    }

    @Test(arguments: [false, true]) func `a command that there is no room to begin has not run`(isOnceOnly: Bool) async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            try Data().write(to: URL(filePath: "\(home.path)/attempts"))
            let command = CommandWork(words: .shell("exit 3"), folder: folder, outputs: [:])
            var step = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:], work: .command(command))
            step.policy.isOnceOnly = isOnceOnly
            let runner = CommandRunner(home: home) { try Digest(ofFile: $0) }
            guard case .failure(let failure) = await runner.run(command, Self.attempt(step)).result else {
                Issue.record("there was room for it")
                return
            }
            #expect(failure.kind == .start)
        }
    }

    private static func attempt(_ step: Step) -> StepAttempt {
        StepAttempt(
            step: step, id: StepID(step.name), run: "r", number: 1, key: StepKey(step: step, inputs: [:]).digest, inputs: [:],
            resources: .none, report: { _, _ in })
    }

    @Test func `what a failed attempt made does not stand for equal content of others`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let contents = HomeContents(home: home)
            let runner = CommandRunner(home: home, contents: contents) { try Digest(ofFile: $0) }
            func result(_ name: String, _ text: String) async -> AttemptResult {
                let command = CommandWork(words: .shell(text), folder: folder, outputs: ["one": "one.txt", "two": "two.txt"])
                let step = Step(name: name, code: "1", inputs: [:], parameters: [:], environment: [:], work: .command(command))
                return await runner.run(command, Self.attempt(step))
            }
            guard case .failure(let failure) = await result("a", "echo same > \"$one\"").result else {
                Issue.record("its second output is missing")
                return
            }
            #expect(failure.kind == .output)
            guard case .success(let made) = await result("b", "echo same > \"$one\"; echo other > \"$two\"").result else {
                Issue.record("the step failed")
                return
            }
            let digests = Set(made.outputs.values)
            #expect(digests == [Digest(of: "same\n"), Digest(of: "other\n")])
            #expect(digests.allSatisfy(contents.contains))
            try await contents.settle(digests)
            #expect(try digests.allSatisfy(contents.trees.contains))
        }
    }

    /// Starts a command in an attempt's folder as a runner does, and waits until it runs.
    private static func leave(_ text: String, in attempt: String, _ folder: String) async throws -> (CommandGuard, Int32) {
        try FileManager.default.createDirectory(atPath: attempt, withIntermediateDirectories: true)
        let command = StepCommand(
            step: "a", program: .shell("echo $$ > \(folder)/old; \(text)"), folder: folder, attemptFolder: attempt,
            environment: ["PATH": "/usr/bin:/bin"])
        let mark = AttemptMark()
        let runner = try CommandGuard(command, environment: command.environment.merging(mark.variables(command.files)) { $1 }, group: nil)
        try mark.write(pid: runner.pid, to: command.files)
        return (runner, try await StepFixture(folder: folder).pid("old"))
    }
}
