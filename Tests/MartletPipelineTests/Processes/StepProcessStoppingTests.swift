import Foundation
import Glibc
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct StepProcessStoppingTests {
    /// A daemon: a session of its own, a parent that is gone, and nothing of the environment.
    private static let daemon = "(env -i setsid sh -c 'echo $$ > daemon; trap \"\" TERM; while :; do sleep 0.1; done' &)"

    private static func options(grace: Duration) -> StepProcess.Options {
        var options = StepProcess.Options()
        options.grace = grace
        return options
    }

    /// Runs a command whose task is cancelled once it wrote a number to a file. - Returns: that number too.
    private static func cancelled(
        _ text: String, at file: String, grace: Duration, in folder: String
    ) async throws -> (result: StepProcessResult, pid: Int32) {
        let fixture = StepFixture(folder: folder)
        let command = try fixture.command(.shell(text))
        return try await withThrowingTaskGroup(of: StepProcessResult.self) { group in
            group.addTask { await StepProcess(options: options(grace: grace)).run(command) }
            let pid = try await fixture.pid(file)
            group.cancelAll()
            return (try #require(try await group.next()), pid)
        }
    }

    @Test func `a cancelled step leaves nothing behind, neither daemons nor what ignores that it should end`() async throws {
        try await withTemporaryFolder { folder in
            let (result, pid) = try await Self.cancelled(
                "\(Self.daemon); trap '' TERM; while :; do sleep 0.1; done", at: "daemon", grace: .milliseconds(200), in: folder)
            #expect(result.failure?.kind == .cancelled)
            #expect(StepFixture.isOver(pid))
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/attempt/exit"), "it is not taken for one that ended by itself")
        }
    }

    @Test func `a grandchild that is asked to end has its time, though its parent be gone`() async throws {
        try await withTemporaryFolder { folder in
            let child = "trap 'sleep 0.3; echo saved > saved; exit 0' TERM; echo $$ > child; while :; do sleep 0.05; done"
            try child.write(toFile: "\(folder)/child.sh", atomically: true, encoding: .utf8)
            let (result, pid) = try await Self.cancelled("sh child.sh & wait", at: "child", grace: .seconds(60), in: folder)
            #expect(result.failure?.kind == .cancelled)
            #expect(StepFixture.isOver(pid))
            #expect(StepFixture(folder: folder).text("saved") == "saved\n")
            #expect(result.usage.wallSeconds < 50, "it is not killed only when its time is over")
        }
    }

    @Test func `a task that was cancelled before stops its command too`() async throws {
        try await withTemporaryFolder { folder in
            let command = try StepFixture(folder: folder).command(.shell("sleep 600"))
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await StepProcess().run(command)
            }
            #expect(await task.value.failure?.kind == .cancelled)
        }
    }

    @Test func `what a command leaves running when it ends is ended with it`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let command = try fixture.command(.shell("\(Self.daemon); until [ -s daemon ]; do sleep 0.01; done"))
            let result = await StepProcess().run(command)
            #expect(result.failure == nil)
            #expect(result.strayCount > 0)
            #expect(StepFixture.isOver(try await fixture.pid("daemon")))
        }
    }

    @Test func `a command that kills its own guard loses its daemons too`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let daemon = "(setsid sh -c 'echo $$ > daemon; exec sleep 600' &)"
            let command = try fixture.command(.shell("\(daemon); until [ -s daemon ]; do sleep 0.01; done; kill -KILL 0"))
            let result = await StepProcess().run(command)
            #expect(result.failure?.kind == .signal)
            #expect(StepFixture.isOver(try await fixture.pid("daemon")))
        }
    }

    @Test func `processes that each begin the next one and end are caught`() async throws {
        try await withTemporaryFolder { folder in
            let hop = "echo $$ >> hops; setsid sh hop.sh &"
            try hop.write(toFile: "\(folder)/hop.sh", atomically: true, encoding: .utf8)
            let command = try StepFixture(folder: folder).command(
                .shell("sh hop.sh; sh hop.sh; until [ $(wc -l < hops) -gt 50 ]; do :; done"))
            let result = await StepProcess().run(command)
            #expect(result.failure == nil)
            #expect(result.strayCount > 0)
            let count = StepFixture(folder: folder).text("hops").count
            #expect(AttemptMark.Found(command.files)?.isRunning == false)
            #expect(StepFixture(folder: folder).text("hops").count == count)
        }
    }

    // MARK: The runner's own end

    private static func start(_ text: String, in fixture: StepFixture) throws -> CommandGuard {
        let command = try fixture.command(.shell(text))
        let mark = AttemptMark()
        let runner = try CommandGuard(command, environment: command.environment.merging(mark.variables(command.files)) { $1 }, group: nil)
        try mark.write(pid: runner.pid, to: command.files)
        return runner
    }

    private static func leftover(_ fixture: StepFixture) -> StepLeftover { StepLeftover(in: "\(fixture.folder)/attempt") }

    @Test func `a command ends with its runner, its daemons too, and is known to have been cut off`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            #expect(Self.leftover(fixture) == .unknown)
            let runner = try Self.start("\(Self.daemon); sleep 600", in: fixture)
            let daemon = try await fixture.pid("daemon")
            #expect(Self.leftover(fixture) == .running)
            // As the kernel does it for a process that is killed.
            runner.lifeline = nil
            try await waitUntil("the daemon ends") { StepFixture.isOver(daemon) }
            try await waitUntil("the guard ends") { StepFixture.isOver(runner.pid) }
            #expect(Self.leftover(fixture) == .unknown)
        }
    }

    @Test func `what runs of an attempt without its runner can be ended`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let runner = try Self.start("\(Self.daemon); sleep 600", in: fixture)
            let daemon = try await fixture.pid("daemon")
            #expect(await StepLeftover.ended(in: "\(folder)/attempt", atMost: .seconds(60)) == .unknown)
            #expect(StepFixture.isOver(daemon))
            #expect(StepFixture.isOver(runner.pid))
            #expect(await StepLeftover.ended(in: "\(folder)/none") == .unknown)
        }
    }

    @Test(arguments: [0, 7] as [Int32]) func `a status outlives the runner that did not come to hear it`(status: Int32) async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let runner = try Self.start("exit \(status)", in: fixture)
            try await waitUntil("the status is written") { fixture.text("attempt/exit").hasSuffix("\n") }
            runner.lifeline = nil
            try await waitUntil("the guard ends") { StepFixture.isOver(runner.pid) }
            #expect(Self.leftover(fixture) == .ended(status: status))
        }
    }

    @Test func `the status of what was being stopped is none, also to who comes before its runner is done`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let rest = "(trap '' TERM; echo $$ > ready; until [ -e go ]; do sleep 0.02; done) &"
            let command = try fixture.command(.shell("trap 'exit 0' TERM; \(rest) while :; do sleep 0.02; done"))
            let task = Task { await StepProcess(options: Self.options(grace: .seconds(600))).run(command) }
            _ = try await fixture.pid("ready")
            task.cancel()
            try await waitUntil("the status is written") { fixture.text("attempt/exit") == "0\n" }
            #expect(Self.leftover(fixture) == .running)
            try "".write(toFile: "\(folder)/go", atomically: false, encoding: .utf8)
            #expect(await task.value.failure?.kind == .cancelled)
            #expect(Self.leftover(fixture) == .unknown)
        }
    }

    @Test func `a status that is not whole, or from before the machine's last start, is none`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let result = await StepProcess().run(try fixture.command(.shell("exit 12")))
            #expect(result.failure?.kind == .exit)
            #expect(Self.leftover(fixture) == .ended(status: 12))
            try "1".write(toFile: "\(folder)/attempt/exit", atomically: false, encoding: .utf8)
            #expect(Self.leftover(fixture) == .unknown)
            try "12\n".write(toFile: "\(folder)/attempt/exit", atomically: false, encoding: .utf8)
            let mark = fixture.text("attempt/process").replacing(try #require(AttemptMark.boot), with: "another")
            try mark.write(toFile: "\(folder)/attempt/process", atomically: false, encoding: .utf8)
            #expect(Self.leftover(fixture) == .unknown)
        }
    }
}
