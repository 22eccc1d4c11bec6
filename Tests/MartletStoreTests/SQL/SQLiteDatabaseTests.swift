import MartletCore
import MartletStore
import MartletTesting
import Testing

/// What is SQLite's own.
struct SQLiteDatabaseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(writeQueueCountMax: Int = 100) throws -> SQLiteDatabase {
        try SQLiteDatabase(path: folder.file("tracking.sqlite"), writeQueueCountMax: writeQueueCountMax)
    }

    @Test func `a read ends when its task is cancelled, and the readers are free for others`() async throws {
        let database = try open()
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"
        // More than read beside each other: some are cancelled while they wait.
        let reads = (0..<2 * SQLiteDatabase.readerCount).map { _ in
            Task { try await database.read { try $0.first(endless) { $0.integer(0) } } }
        }
        // All of them first: one that waits learns of it when another ends.
        for read in reads { read.cancel() }
        for read in reads { await #expect(throws: CancellationError.self) { _ = try await read.value } }
        #expect(try await database.read { try $0.first("SELECT 1") { $0.integer(0) } } == 1)
        try await database.close()
    }

    @Test func `writes beyond the queue's limit are refused`() async throws {
        let database = try open(writeQueueCountMax: 1)
        let held = HeldWrite()
        async let first: Void = database.write { _ in held.hold() }
        try await held.waitUntilHeld()
        async let second: Void = database.write { _ in }
        try await waitUntil("a write waits") { database.waitingWriteCount == 1 }
        let refusal = await Refusal.of { try await database.write { _ in } }
        held.release()
        try await first
        try await second
        #expect(refusal == .overloaded)
        try await database.close()
    }

    @Test func `a full disk is an error to all of the group, and writing goes on when there is space`() async throws {
        let database = try open()
        try await database.write { connection in
            try connection.execute("CREATE TABLE blocks (content BLOB)")
            _ = try connection.first("PRAGMA max_page_count = 12") { $0.integer(0) }
        }
        let refusal = await Refusal.of {
            try await database.write { try $0.execute("INSERT INTO blocks VALUES (?)", [.bytes(Array(repeating: 7, count: 200_000))]) }
        }
        #expect(refusal == .full)
        #expect(try await database.read { try $0.exists("SELECT 1 FROM blocks") } == false)
        try await database.write { try $0.execute("INSERT INTO blocks VALUES (?)", [.bytes([1])]) }
        #expect(try await database.read { try $0.exists("SELECT 1 FROM blocks") })
        try await database.close()
    }

    @Test func `commits are durable against loss of power`() async throws {
        let database = try open()
        let mode = try await database.write { try $0.first("PRAGMA synchronous") { $0.integer(0) } }
        #expect(mode == 2)
        try await database.close()
    }

    @Test func `a file that is no database is corrupt`() throws {
        try folder.write(String(repeating: "no database ", count: 1_000), to: "tracking.sqlite")
        #expect(code(of: { try open() }) == .corrupt)
    }

    @Test func `two that write one file take turns`() async throws {
        let databases = [try open(), try open()]
        try await databases[0].write { try $0.execute("CREATE TABLE things (number INTEGER)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    _ = try await databases[number % 2].write { try $0.execute("INSERT INTO things VALUES (?)", [.integer(Int64(number))]) }
                }
            }
            try await group.waitForAll()
        }
        let count = try await databases[0].read { try $0.first("SELECT COUNT(*) FROM things") { $0.integer(0) } }
        #expect(count == 40)
        for database in databases { try await database.close() }
    }
}
