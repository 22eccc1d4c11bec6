import GRDB
import Glibc
import MartletCore
import Synchronization

/// The records of a home: releases, routes and activations, in one SQLite file.
///
/// Several processes may use the file at once. A write that has returned survives a crash and a loss of power.
/// Calls block their thread; a writer waits up to 10 s for that of another process. Its aspects are
/// `RecordStore+Releases`, `+Routes` and `+Activations`, and what earlier schemas kept here.
package final class RecordStore: Sendable {
    /// How long a call waits for another process before it throws `locked`.
    package static let busyTimeoutSeconds = 10.0

    /// The database file.
    package let path: String
    private let pool: DatabasePool
    private let watcher: DatabaseQueue

    /// Opens the file, makes it where missing and brings its schema up to date.
    /// - Throws: `invalidInput` for a file of a newer martlet, `locked`, `corrupt`, `storage`.
    package init(path: String) throws {
        self.path = path
        // Switching to WAL and migrating by two processes at once ends in SQLITE_BUSY in spite of the busy timeout.
        let lock = try FileLock.acquire(
            path: "\(path).opening", purpose: "open the records", waitAtMost: .seconds(Self.busyTimeoutSeconds)
        )
        defer { lock.release() }
        (pool, watcher) = try Self.translating(path) {
            let pool = try DatabasePool(path: path, configuration: Self.configuration())
            // GRDB sets NORMAL for WAL files; only FULL makes a commit durable against loss of power.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Self.migrate(pool, path: path)
            var watching = Self.configuration()
            watching.readonly = true
            return (pool, try DatabaseQueue(path: path, configuration: watching))
        }
        makeChangeFile()
    }

    /// Closes all connections; later calls throw.
    package func close() throws {
        try translating {
            try watcher.close()
            try pool.close()
        }
    }

    /// A number that changes whenever any connection, of this or another process, has committed. Cheap: reads no page.
    package func changeCounter() throws -> Int {
        try translating {
            try watcher.unsafeRead { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
        }
    }

    /// SQLite's `synchronous` setting of the writing connection; 2 is FULL.
    package func synchronousMode() throws -> Int {
        try translating {
            try pool.unsafeReentrantWrite { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? 0 }
        }
    }

    /// Reads from one consistent state.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try translating { try pool.read(body) }
    }

    /// Writes in one IMMEDIATE transaction, which is undone when `body` throws.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        let value = try translating { try pool.write(body) }
        tellWatchers()
        return value
    }

    /// What `RecordWatch` is told by of a commit that all can read: SQLite's own files are written before that.
    static func changePath(_ path: String) -> String { "\(path).changed" }

    /// Whoever misses it looks a few seconds later.
    private func tellWatchers() { _ = utimensat(AT_FDCWD, Self.changePath(path), nil, 0) }

    private func makeChangeFile() { Glibc.close(open(Self.changePath(path), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)) }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        configuration.foreignKeysEnabled = true
        // Without it INSERT OR REPLACE would pass by the triggers that make tables append-only.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA recursive_triggers = ON") }
        return configuration
    }

    private static func migrate(_ pool: DatabasePool, path: String) throws {
        let migrator = Migrations.all
        guard try !pool.read(migrator.hasBeenSuperseded) else {
            throw MartletError(
                .invalidInput,
                "the records '\(path)' were written by a newer martlet; use that, or another home"
            )
        }
        try migrator.migrate(pool)
    }

    private func translating<Value>(_ body: () throws -> Value) throws -> Value {
        try Self.translating(path, body)
    }

    private static func translating<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw MartletError(recordsAt: path, error)
        }
    }
}

extension MartletError {
    /// SQLite's failure in this module's words; statements and their values stay out of the message.
    fileprivate init(recordsAt path: String, _ error: DatabaseError) {
        let (code, next): (Code, String) =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: (.locked, "another process writes; try again")
            case .SQLITE_FULL: (.storage, "free some space on that disk")
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                (.corrupt, "restore it from a copy; run 'sqlite3 … .recover' on it first")
            case .SQLITE_CONSTRAINT: (.conflict, "the record contradicts another; nothing was written")
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM: (.storage, "check its folder and permissions")
            default: (.storage, "check the disk")
            }
        self.init(
            code, "the records '\(path)': \(error.message ?? "SQLite error \(error.resultCode.rawValue)"); \(next)"
        )
    }
}
