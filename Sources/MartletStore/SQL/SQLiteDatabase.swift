import Dispatch
import GRDB
import MartletCore
import Synchronization

/// A database in one SQLite file: WAL with `synchronous=FULL`, one writing connection and a few that read.
///
/// Several processes may use the file at once; a group of writes waits up to 10 s for that of another process.
package final class SQLiteDatabase: SQLDatabase {
    /// How long a group of writes waits for another process before it throws `locked`.
    package static let busyTimeoutSeconds = 10.0
    /// The most reads that run or wait.
    package static let readCountMax = 10_000
    /// After how many pages of 4 KiB the log is copied into the file.
    package static let checkpointPageCount = 4000
    /// How many reads run beside each other.
    package static let readerCount = 4
    /// How many KiB of pages a connection keeps at most: what drawing a long metric touches fits, some 2,000 pages.
    package static let cacheSizeKibibytes = 12_000

    /// The database file.
    package let path: String
    private let pool: DatabasePool
    private let queue: SQLWriteQueue
    private let readCount = Atomic<Int>(0)

    /// Opens the file and makes it where missing.
    /// - Parameter writeQueueCountMax: the most writes that wait, at most `SQLWriteQueue.queueCountMax`.
    /// - Throws: `locked`, `corrupt`, `storage`, `notFound` for its folder.
    package init(path: String, writeQueueCountMax: Int = SQLWriteQueue.queueCountMax) throws {
        self.path = path
        // Switching to WAL by two processes at once ends in SQLITE_BUSY in spite of the busy timeout.
        let lock = try FileLock.acquire(
            path: "\(path).opening", purpose: "open the database", waitAtMost: .seconds(Self.busyTimeoutSeconds))
        defer { lock.release() }
        let pool = try SQLiteFailure.translating(path) {
            let pool = try DatabasePool(path: path, configuration: Self.configuration())
            // GRDB sets NORMAL for WAL files; only FULL makes a commit durable against loss of power.
            // Pages that are written again and again are copied into the file once in so many.
            // What is needed to undo one write of a group, the pages that it touches, need not go to a file.
            try pool.writeWithoutTransaction {
                try $0.execute(
                    sql: """
                        PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = \(Self.checkpointPageCount); PRAGMA temp_store = MEMORY
                        """)
            }
            return pool
        }
        self.pool = pool
        queue = SQLWriteQueue("the database '\(path)'", queueCountMax: writeQueueCountMax) { body in
            pool.unsafeReentrantWrite { body(SQLiteConnection($0, path: path)) }
        }
    }

    package var dialect: SQLDialect { .sqlite }

    package var waitingWriteCount: Int { queue.waitingCount }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        guard readCount.add(1, ordering: .relaxed).newValue <= Self.readCountMax else {
            readCount.subtract(1, ordering: .relaxed)
            throw MartletError(
                .overloaded, "the database '\(path)': \(Self.readCountMax) reads wait already; try again", retryAfterSeconds: 1)
        }
        defer { readCount.subtract(1, ordering: .relaxed) }
        return try await SQLReadTurn.waiting { turn, continuation in
            pool.asyncRead { [path] database in
                continuation.resume(
                    with: Result {
                        try SQLiteFailure.translating(path) { try SQLiteConnection(try database.get(), path: path).read(turn, body) }
                    })
            }
        }
    }

    @discardableResult
    package func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await queue.write(body)
    }

    package func close() async throws {
        await queue.close()
        try SQLiteFailure.translating(path) { try pool.close() }
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = readerCount
        configuration.prepareDatabase { database in
            // As MLflow has it: LIKE minds case; ILIKE is written with lower().
            try database.execute(sql: "PRAGMA case_sensitive_like = ON; PRAGMA cache_size = -\(cacheSizeKibibytes)")
        }
        return configuration
    }
}
