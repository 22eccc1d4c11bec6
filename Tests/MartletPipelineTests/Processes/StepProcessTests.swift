import Foundation
import Glibc
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

/// What starts commands in a folder of its own.
struct StepFixture {
    let folder: String

    static func run(
        _ program: StepCommand.Program, limits: StepLimits = StepLimits(), options: StepProcess.Options = StepProcess.Options(),
        change: (inout StepCommand) -> Void = { _ in }, observe: @escaping @Sendable (StepProgress) -> Void = { _ in }
    ) async throws -> (result: StepProcessResult, log: String) {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let command = try fixture.command(program, limits: limits, change: change)
            let result = await StepProcess(options: options).run(command, observe: observe)
            return (result, fixture.text("attempt/log"))
        }
    }

    func command(
        _ program: StepCommand.Program, limits: StepLimits = StepLimits(), change: (inout StepCommand) -> Void = { _ in }
    ) throws -> StepCommand {
        try FileManager.default.createDirectory(atPath: "\(folder)/attempt", withIntermediateDirectories: true)
        var command = StepCommand(
            step: "clean", program: program, folder: folder, attemptFolder: "\(folder)/attempt", environment: ["PATH": "/usr/bin:/bin"],
            limits: limits)
        change(&command)
        return command
    }

    func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// The number that a command wrote to a file, once it did.
    func pid(_ name: String) async throws -> Int32 {
        try await waitUntil("'\(name)' is written") { text(name).hasSuffix("\n") }
        return try #require(Int32(text(name).dropLast()))
    }

    static func isOver(_ pid: Int32) -> Bool { ProcessFiles.status(pid)?.isZombie ?? true }
}

@Suite struct StepProcessTests {
    @Test func `a command's variables arrive as they are, whatever their names`() async throws {
        try await withTemporaryFolder { folder in
            let fixture = StepFixture(folder: folder)
            let names = ["exit", "group", "line", "me", "found", "child", "children", "status", "words"]
            var command = try fixture.command(.shell(names.map { "echo $\($0)" }.joined(separator: "; ")))
            for name in names { command.environment[name] = "<\(name)>" }
            let result = await StepProcess().run(command)
            #expect(result.lastWords == names.map { "<\($0)>\n" }.joined())
        }
    }

    @Test func `a command sees its folder, its environment and nothing on its input`() async throws {
        let (result, log) = try await StepFixture.run(
            .shell("pwd >&2; cat; echo \"$NAME ${HOME-none}\"; test -n \"$MARTLET_MARK\"; ls /proc/self/fd | wc -w"),
            change: {
                $0.environment["NAME"] = "a b"; $0.folder = "/usr"
            })
        #expect(result.failure == nil)
        // Its three streams, and the folder that `ls` reads.
        #expect(log == "/usr\na b none\n4\n")
        #expect(result.lastWords == log)
        #expect(result.logFault == nil)
    }

    @Test func `words are not read by a shell`() async throws {
        let (result, log) = try await StepFixture.run(.words(["echo", "$HOME  *", "a;b"]))
        #expect(result.failure == nil)
        #expect(log == "$HOME  * a;b\n")
    }

    @Test(
        arguments: [
            ("exit 3", .exit), ("kill -SEGV $$", .signal), ("kill -KILL $$", .signal), ("no-such-program", .exit),
            ("kill -TERM 0", .signal), ("kill -KILL 0; sleep 600", .signal),
        ] as [(String, StepFailure.Kind)])
    func `how a command ends is known`(text: String, kind: StepFailure.Kind) async throws {
        let (result, _) = try await StepFixture.run(.shell(text))
        #expect(result.failure?.kind == kind)
        #expect(result.failure?.message.hasPrefix("step 'clean' ") == true)
    }

    @Test func `what cannot begin says so`() async throws {
        let (absent, _) = try await StepFixture.run(.words(["no-such-program", "x"]))
        #expect(absent.failure?.kind == .start)
        let (elsewhere, _) = try await StepFixture.run(.shell("true"), change: { $0.folder += "/none" })
        #expect(elsewhere.failure?.kind == .start)
        let (unlogged, _) = try await StepFixture.run(.shell("true"), change: { $0.attemptFolder += "/none" })
        #expect(unlogged.failure?.kind == .start)
    }

    // MARK: Limits

    @Test func `a step is stopped when its time is over`() async throws {
        let (result, _) = try await StepFixture.run(.shell("sleep 600"), limits: StepLimits(time: .milliseconds(100)))
        #expect(result.failure?.kind == .time)
        #expect(result.usage.wallSeconds >= 0.1)
    }

    @Test func `a step that gives no sign of life is stopped, one that says something or how far it is goes on`() async throws {
        let limits = StepLimits(heartbeat: .seconds(1))
        let (silent, log) = try await StepFixture.run(.shell("echo begun; sleep 600"), limits: limits)
        #expect(silent.failure?.kind == .heartbeat)
        #expect(log == "begun\n")
        let beating = "for i in 1 2 3 4 5 6; do sleep 0.25; echo $i > \"$MARTLET_PROGRESS\"; done"
        #expect(try await StepFixture.run(.shell(beating), limits: limits).result.failure == nil)
        let talking = "for i in 1 2 3 4 5 6; do sleep 0.25; echo $i; done"
        #expect(try await StepFixture.run(.shell(talking), limits: limits).result.failure == nil)
    }

    /// Keeps so many bytes in memory until it is stopped.
    private static func holding(_ bytes: Int) -> String { "(head -c \(bytes) /dev/zero; sleep 600) | tail -c \(bytes) > /dev/null" }

    @Test(arguments: [true, false]) func `memory is that of all processes together`(isKernelAsked: Bool) async throws {
        var options = StepProcess.Options()
        if !isKernelAsked { options.groups = nil }
        // Neither of the two has too much by itself.
        let text = "\(Self.holding(60 << 20)) & \(Self.holding(60 << 20))"
        let (result, _) = try await StepFixture.run(.shell(text), limits: StepLimits(memoryBytes: 100 << 20), options: options)
        #expect(result.failure?.kind == .memory)
        #expect(result.failure?.message.contains("its limit is 100 MiB ('resources.memory')") == true)
        #expect(isKernelAsked || result.usage.memoryPeakBytes > 100 << 20)
    }

    @Test func `memory that processes share counts once`() async throws {
        // The shell's text of 20 MiB, which its children have from it: taken one by one, they have more than 400 MiB.
        let children = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do (sleep 0.5; : ) & done; wait"
        let (result, _) = try await StepFixture.run(
            .shell("x=$(head -c 20971520 /dev/zero | tr '\\0' a); \(children)"), limits: StepLimits(memoryBytes: 300 << 20))
        #expect(result.failure == nil)
        #expect(result.usage.memoryPeakBytes > 20 << 20)
        #expect(result.usage.memoryPeakBytes < 300 << 20)
    }

    @Test(arguments: ["while :; do :; done", "(while :; do :; done) & (while :; do :; done) & wait"])
    func `CPU seconds are those of all processes together`(text: String) async throws {
        let (result, _) = try await StepFixture.run(.shell(text), limits: StepLimits(cpuSeconds: 1))
        #expect(result.failure?.kind == .cpu)
        #expect(result.usage.cpuSeconds > 0.9)
        #expect(result.usage.cpuSeconds < 3)
    }

    @Test func `the kernel keeps the size of files and how many are open`() async throws {
        let (file, _) = try await StepFixture.run(.shell("head -c 100000 /dev/zero > big"), limits: StepLimits(fileSizeBytes: 50_000))
        #expect(file.failure?.kind == .size)
        let (open, log) = try await StepFixture.run(.shell("ulimit -n"), limits: StepLimits(openFileCount: 64))
        #expect(open.failure == nil)
        #expect(log == "64\n")
    }

    @Test func `a step that has too many processes is stopped`() async throws {
        let text = "for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; wait"
        let (result, _) = try await StepFixture.run(.shell(text), limits: StepLimits(processCount: 5))
        #expect(result.failure?.kind == .processes)
    }

    @Test func `a kill by the kernel for want of memory is told`() async throws {
        let counts = Gathering<Int>()
        var options = StepProcess.Options()
        options.memoryKillCount = {
            counts.add(1)
            return counts.all.count
        }
        let (result, _) = try await StepFixture.run(.shell("kill -KILL $$"), options: options)
        #expect(result.failure?.kind == .memory)
    }

    // MARK: What it says

    @Test func `its log is bounded and has no secrets`() async throws {
        let (result, log) = try await StepFixture.run(
            .shell("echo $TOKEN; yes | head -c 100000; printf '\\377end %s' $TOKEN"),
            change: {
                $0.environment["TOKEN"] = "open-sesame"
                $0.secrets = ["open-sesame"]
                $0.logLimits = StepLog.Limits(headMaxBytes: 100, tailMaxBytes: 200)
            })
        #expect(result.failure == nil)
        #expect(log.hasPrefix("***\ny\ny\n"))
        #expect(log.contains("bytes of this log were left out here]"))
        #expect(log.hasSuffix("y\n\u{FFFD}end ***"))
        #expect(log.utf8.count < 400)
    }

    @Test func `how far it is is told`() async throws {
        let told = Gathering<StepProgress>()
        let (result, _) = try await StepFixture.run(
            .shell("echo '0.25 a quarter' > \"$MARTLET_PROGRESS\""), observe: { told.add($0) })
        #expect(result.failure == nil)
        #expect(told.all == [StepProgress("0.25 a quarter")])
    }

    @Test func `how far it is is told without secrets`() async throws {
        let told = Gathering<StepProgress>()
        let (result, _) = try await StepFixture.run(
            .shell("printf '0.5 as %s' \"$TOKEN\" > \"$MARTLET_PROGRESS\""),
            change: {
                $0.environment["TOKEN"] = "open-sesame"
                $0.secrets = ["open-sesame"]
            }, observe: { told.add($0) })
        #expect(result.failure == nil)
        #expect(told.all == [StepProgress("0.5 as ***")])
    }

    // MARK: What it uses

    @Test func `CPU time and what is read and written are metered, also of processes that are long over`() async throws {
        let burn = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
        let text = "head -c 5000000 /dev/zero > file; cat file > /dev/null; sh -c '\(burn)'; \(burn); times"
        let (result, log) = try await StepFixture.run(.shell(text))
        #expect(result.failure == nil)
        let usage = result.usage
        // What the shell says of itself and of its children, in ticks of 10 ms; the guard is not in it.
        let told = log.split { " \n".contains($0) }.compactMap { Double($0.dropFirst(2).dropLast()) }
        #expect(told.count == 4)
        #expect(told.reduce(0, +) > 0.1)
        #expect((-0.05...0.2).contains(usage.cpuSeconds - told.reduce(0, +)), "\(usage) \(told)")
        #expect((10_000_000...11_000_000).contains(usage.readBytes), "\(usage)")
        #expect((5_000_000...10_500_000).contains(usage.writtenBytes), "\(usage)")
    }

    @Test func `memory and its time are metered`() async throws {
        let text = "(head -c 209715200 /dev/zero; sleep 1) | tail -c 209715200 > /dev/null"
        let (result, _) = try await StepFixture.run(.shell(text))
        let usage = result.usage
        // `tail` keeps what it read in pieces, some of which are not full.
        #expect((195 << 20...260 << 20).contains(usage.memoryPeakBytes), "\(usage)")
        // For the second that it sleeps, and at most for as long as it ran.
        let most = Double(usage.memoryPeakBytes) * usage.wallSeconds
        #expect((180e6...most).contains(usage.memoryByteSeconds), "\(usage)")
    }
}
