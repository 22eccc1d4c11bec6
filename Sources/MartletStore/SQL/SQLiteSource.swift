import Foundation
import GRDB
import MartletCore

/// Somebody else's SQLite file, which is only read: one connection, opened read-only, without a schema or settings of ours.
package final class SQLiteSource: SQLReadable {
    /// How long a read waits for a process that writes.
    package static let busyTimeoutSeconds = 10.0

    /// The database file.
    package let path: String
    private let queue: DatabaseQueue

    /// Opens a file. - Throws: `notFound`, `corrupt` where it is no SQLite file, `storage`.
    package init(path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw MartletError(.notFound, "there is no database '\(path)'; name the file that holds MLflow's tables")
        }
        self.path = path
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
        queue = try SQLiteFailure.translating(path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // SQLite looks at a file only once something is asked of it.
            try queue.read { _ = try $0.execute(sql: "SELECT 1 FROM sqlite_master") }
            return queue
        }
    }

    package var dialect: SQLDialect { .sqlite }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.asyncRead { [path] database in
                continuation.resume(
                    with: Result { try SQLiteFailure.translating(path) { try body(SQLiteConnection(try database.get(), path: path)) } })
            }
        }
    }

    package func close() async throws { try SQLiteFailure.translating(path) { try queue.close() } }
}
