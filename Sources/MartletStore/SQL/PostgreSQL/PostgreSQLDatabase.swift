import Foundation
import MartletCore

/// A database of PostgreSQL's, through libpq: one connection that writes and a few that read.
///
/// Several processes may use it at once: each group of writes takes a lock of the whole database's, and waits up to 10 s for that of
/// another process, so that a write never sees what another is about to change. A connection that was lost is made anew; a read is
/// tried again, a write is not: its caller is told that nothing was written. Where the connection is lost during a commit, the server
/// is asked what became of it, and only where it does not say the write is told that nobody knows.
package final class PostgreSQLDatabase: SQLDatabase {
    /// The most reads that wait.
    package static let readCountMax = 10_000
    /// How many reads run beside each other, each on a connection of its own.
    package static let readerCount = 4

    private let address: PostgreSQLAddress
    private let readers: PostgreSQLReaders
    private let writer: PostgreSQLWriter
    private let queue: SQLWriteQueue

    /// Connects to a database, which is there, with a user who may make tables.
    /// - Parameter url: as libpq reads it: `postgresql://user:password@host:port/database?sslmode=require`, or with `host=` and the
    ///   folder of a socket behind the question mark. It is in no message.
    /// - Throws: `invalidInput` for the URL, `unavailable`, `notFound`.
    package static func open(
        _ url: String, readerCount: Int = readerCount, writeQueueCountMax: Int = SQLWriteQueue.queueCountMax
    ) async throws -> PostgreSQLDatabase {
        let address = try PostgreSQLAddress(parsing: url)
        let database = PostgreSQLDatabase(address, readerCount: readerCount, writeQueueCountMax: writeQueueCountMax)
        do {
            _ = try await database.read { try $0.exists("SELECT 1") }
            return database
        } catch {
            try await database.close()
            throw error
        }
    }

    /// What a URL names, without the user and the password. - Throws: `invalidInput`.
    package static func description(of url: String) throws -> String { try PostgreSQLAddress(parsing: url).description }

    private init(_ address: PostgreSQLAddress, readerCount: Int, writeQueueCountMax: Int) {
        self.address = address
        readers = PostgreSQLReaders(address, threadCountMax: readerCount, queueCountMax: Self.readCountMax)
        let writer = PostgreSQLWriter(address)
        self.writer = writer
        queue = SQLWriteQueue("the database '\(address)'", queueCountMax: writeQueueCountMax) { try writer.access($0) }
    }

    package var dialect: SQLDialect { .postgresql }

    package var waitingWriteCount: Int { queue.waitingCount }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await readers.read(body)
    }

    @discardableResult
    package func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await queue.write(body)
    }

    package func close() async throws {
        await queue.close()
        writer.close()
        await readers.close()
    }
}

/// The connection of the thread that writes.
///
/// `@unchecked Sendable`: the connection is only touched under the lock.
private final class PostgreSQLWriter: @unchecked Sendable {
    private let address: PostgreSQLAddress
    private let lock = NSLock()
    private var connection: PostgreSQLConnection?

    init(_ address: PostgreSQLAddress) { self.address = address }

    func access(_ body: (any SQLConnection) -> Void) throws {
        try lock.withLock {
            if connection?.isUsable != true {
                connection = nil
                connection = try PostgreSQLConnection(address)
            }
            if let connection { body(connection) }
        }
    }

    func close() { lock.withLock { connection = nil } }
}
