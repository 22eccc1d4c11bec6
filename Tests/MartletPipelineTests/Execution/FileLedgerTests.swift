import Dispatch
import Foundation
import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct FileLedgerTests {
    private static let total = Resources(cores: 4, memoryBytes: 8 << 30)
    private static let half = Resources(cores: 2, memoryBytes: 1 << 30)

    private static func ledger(
        _ project: String, _ folder: String, memory: @escaping FileLedger.MemoryLook = { _, _ in nil },
        clock: @escaping @Sendable () -> Timestamp = FileLedger.sinceBoot
    ) -> FileLedger {
        FileLedger(project: project, total: total, folder: "\(folder)/l", memory: memory, clock: clock)
    }

    /// Holds the lock as a process does that was stopped.
    private static func lock(_ folder: String) throws -> Int32 {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/l", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let descriptor = open("\(folder)/l/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        return descriptor
    }

    private static func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    /// A file whose first line says where the text is.
    private static func ledger(_ text: String) -> String {
        String(decoding: LedgerFile.head(LedgerFile.headSizeBytes, text.utf8.count), as: UTF8.self) + text
    }

    @Test func `runners of one machine share what its file says`() async throws {
        try await withTemporaryFolder { folder in
            let (first, second) = (Self.ledger("a", folder), Self.ledger("b", folder))
            #expect(await first.claim(Self.half, for: "1") == LedgerAnswer(true))
            #expect(await first.claim(Self.half, for: "2") == LedgerAnswer(true))
            #expect(await second.claim(Self.half, for: "x") == LedgerAnswer(false))
            await first.giveBack(Self.half, for: "1")
            #expect(await second.claim(Self.half, for: "x") == LedgerAnswer(true))
        }
    }

    @Test func `what a process holds that is gone, or that is another one by now, is given to others`() async throws {
        try await withTemporaryFolder { folder in
            let ledger = Self.ledger("a", folder)
            #expect(await ledger.claim(.none, for: "0").isGiven)
            // This process' number, and another start of it; and none at all.
            for runner in ["\(getpid()) 1 1", "4194304 7 1", "someone"] {
                let claim = """
                    {"claims":[{"runner":"\(runner)","project":"b","step":"s","cores":4,"memory":1,"accelerators":0,"at":1,"since":1}]}
                    """
                try Self.write(Self.ledger(claim), "\(folder)/l/ledger")
                #expect(await ledger.claim(Resources(cores: 4), for: runner).isGiven, "\(runner)")
                await ledger.giveBack(Resources(cores: 4), for: runner)
            }
        }
    }

    @Test(arguments: [("memory", "9000000000000000000"), ("memory", "-1"), ("cores", "1e300"), ("accelerators", "9000000000000000000")])
    func `what no machine has is not taken for held`(amount: String, value: String) async throws {
        try await withTemporaryFolder { folder in
            let ledger = Self.ledger("a", folder)
            #expect(await ledger.claim(.none, for: "0").isGiven)
            let file = LedgerFile(folder: "\(folder)/l")
            let runner = try #require(try file.change(waitAtMost: .zero) { $0.claims.first?.runner })
            let entry = "{\"runner\":\"\(runner)\",\"project\":\"b\",\"step\":\"s\",\"\(amount)\":\(value)}"
            try Self.write(Self.ledger("{\"claims\":[\(entry),\(entry)],\"waits\":[\(entry)]}"), "\(folder)/l/ledger")
            #expect(try file.change(waitAtMost: .zero) { $0.claims.count + $0.waits.count } == 0)
        }
    }

    @Test(arguments: [
        "", "{\"claims\":[{\"runn", "64 9000\n", "-1 5\n", "9223372036854775807 9223372036854775807\n", ledger("{\"cl"), ledger("[]"),
    ])
    func `whatever becomes of the file, what a runner holds stays its own`(text: String) async throws {
        try await withTemporaryFolder { folder in
            let (first, second) = (Self.ledger("a", folder), Self.ledger("b", folder))
            #expect(await first.claim(Self.half, for: "1").isGiven)
            try Self.write(text, "\(folder)/l/ledger")
            #expect(await first.claim(Self.half, for: "2").isGiven)
            #expect(await !second.claim(Self.half, for: "x").isGiven)
        }
    }

    @Test func `a process that is killed as it writes leaves what was there`() async throws {
        try await withTemporaryFolder { folder in
            let (ledger, file) = (Self.ledger("a", folder), LedgerFile(folder: "\(folder)/l"))
            let path = URL(filePath: "\(folder)/l/ledger")
            for step in (0..<20).map({ String(repeating: "s", count: $0 * 7 % 20 + 1) }) {
                #expect(await ledger.claim(Self.half, for: step).isGiven)
                let head = try Data(contentsOf: path).prefix(LedgerFile.headSizeBytes)
                await ledger.giveBack(Self.half, for: step)
                // All that the change wrote but the first line, which comes last.
                let rest = try Data(contentsOf: path).dropFirst(LedgerFile.headSizeBytes)
                try (head + rest).write(to: path)
                #expect(try file.change(waitAtMost: .zero) { $0.claims.map(\.step) } == [step])
            }
            let size = try Data(contentsOf: path).count
            #expect(size < 4_096)
        }
    }

    @Test func `a ledger that cannot be written is told once, and gives one step at a time until it can be`() async throws {
        try await withTemporaryFolder { folder in
            let ledger = Self.ledger("a", folder)
            try Self.write("in the way", "\(folder)/l")
            let first = await ledger.claim(Self.half, for: "1")
            #expect(first.isGiven)
            #expect(first.warning?.contains("one step at a time") == true)
            #expect(await ledger.claim(Self.half, for: "2") == LedgerAnswer(false))
            await ledger.giveBack(Self.half, for: "1")
            #expect(await ledger.claim(Self.half, for: "2") == LedgerAnswer(true))
            try FileManager.default.removeItem(atPath: "\(folder)/l")
            #expect(await ledger.claim(Self.half, for: "3") == LedgerAnswer(true))
            // What was given meanwhile is on record now.
            #expect(await Self.ledger("b", folder).claim(Self.half, for: "x") == LedgerAnswer(false))
        }
    }

    @Test func `who waits for the lock keeps no thread that tasks run on`() async throws {
        try await withTemporaryFolder { folder in
            let descriptor = try Self.lock(folder)
            let hasAsked = Mutex(false)
            let clock: @Sendable () -> Timestamp = {
                hasAsked.withLock { $0 = true }
                return FileLedger.sinceBoot()
            }
            let ledger = Self.ledger("a", folder, clock: clock)
            let only = OneThread()
            let claim = Task(executorPreference: only) { await ledger.claim(Self.half, for: "1") }
            let release = Task(executorPreference: only) {
                while !hasAsked.withLock({ $0 }) { await Task.yield() }
                close(descriptor)
            }
            await release.value
            #expect(await claim.value == LedgerAnswer(true))
        }
    }

    @Test func `a lock that is held for too long is waited for once until it is free`() async throws {
        try await withTemporaryFolder { folder in
            let descriptor = try Self.lock(folder)
            let wait = Duration.milliseconds(200)
            let ledger = FileLedger(project: "a", total: Self.total, folder: "\(folder)/l", lockWait: wait)
            let start = ContinuousClock.now
            #expect(await ledger.claim(Self.half, for: "0").warning?.contains("held for too long") == true)
            #expect(ContinuousClock.now - start >= wait)
            for number in 1...100 { #expect(await ledger.claim(Self.half, for: "\(number)") == LedgerAnswer(false)) }
            // It would have been a hundred times as long.
            #expect(ContinuousClock.now - start < wait * 50)
            close(descriptor)
            #expect(await ledger.claim(Self.half, for: "1") == LedgerAnswer(true))
        }
    }

    @Test func `how long something waits is seen by all runners, and outlives other claims`() async throws {
        try await withTemporaryFolder { folder in
            let time = Mutex(Timestamp(microseconds: 0))
            let clock: @Sendable () -> Timestamp = { time.withLock { $0 } }
            let (large, small) = (Self.ledger("a", folder, clock: clock), Self.ledger("b", folder, clock: clock))
            #expect(await small.claim(Self.half, for: "1").isGiven)
            for second in 0..<Int(FairShare.patience / .seconds(1)) {
                time.withLock { $0 = Timestamp(microseconds: Int64(second) * 1_000_000) }
                #expect(await !large.claim(Self.total, for: "l").isGiven)
                #expect(await small.claim(Self.half, for: "2").isGiven)
                await small.giveBack(Self.half, for: "2")
            }
            time.withLock { $0 = $0 + .seconds(1) }
            #expect(await !small.claim(Self.half, for: "2").isGiven)
            await small.giveBack(Self.half, for: "1")
            #expect(await !small.claim(Self.half, for: "2").isGiven)
            #expect(await large.claim(Self.total, for: "l").isGiven)
        }
    }

    @Test func `memory that other programs hold is not given, and they are looked at with the processes of all runners`() async throws {
        try await withTemporaryFolder { folder in
            let asked = Mutex<[Int64]>([])
            let ledger = Self.ledger("a", folder) { processes, enough in
                asked.withLock { $0.append(processes == [getpid()] ? enough : -1) }
                return 3 << 30
            }
            #expect(await ledger.claim(Resources(memoryBytes: 2 << 30), for: "1").isGiven)
            #expect(await ledger.claim(Resources(memoryBytes: 1 << 30), for: "2").isGiven)
            #expect(await !ledger.claim(Resources(memoryBytes: 1 << 30), for: "3").isGiven)
            #expect(asked.withLock { $0 } == [3 << 30, 4 << 30])
        }
    }

    @Test func `the usual place is one of this start of this machine`() throws {
        let start = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).trimmingCharacters(
            in: .whitespacesAndNewlines)
        let name = try #require(LedgerPlace.own.split(separator: "/").last)
        #expect(name.hasPrefix(start))
    }
}

/// Runs tasks on one thread.
private final class OneThread: TaskExecutor {
    private let queue = DispatchQueue(label: "one thread")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
