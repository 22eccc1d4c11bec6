import Glibc
import MartletCore
import MartletEngines
import Synchronization

/// The columns of a Parquet file that is in memory, as a client sends it.
package struct ParquetBody {
    /// The columns' names, in the file's order.
    package let names: [String]
    package let rowCount: Int

    private let types: [String: String]
    private let file: MemoryFile
    private let connection: DuckDBConnection

    /// Looks into a file. - Throws: `invalidInput` where it is none, `unavailable` without DuckDB.
    package init(_ bytes: UnsafeRawBufferPointer) throws {
        file = try MemoryFile(bytes)
        connection = try Self.connect()
        do {
            let columns = try connection.describe("SELECT * FROM \(file.source)")
            names = columns.map(\.name)
            types = Dictionary(columns.map { ($0.name, $0.type) }, uniquingKeysWith: { $1 })
            rowCount = try connection.query("SELECT count(*) AS n FROM \(file.source)").column("n").integers().first.map { Int($0) } ?? 0
        } catch let error as MartletError where error.code == .engine || error.code == .invalidInput {
            throw MartletError(.invalidInput, "expected a Parquet file, found \(bytes.count) bytes that are none", cause: error)
        }
    }

    /// Columns of numbers; `nan` where missing, 1 and 0 for what is true and false.
    /// - Throws: `invalidInput` where one is neither of numbers nor of truth values.
    package func numbers(_ columns: [String]) throws -> [[Double]] {
        for column in columns {
            let type = types[column] ?? "nothing"
            guard Self.isNumber(type) else {
                throw MartletError(
                    .invalidInput, "column '\(column.prefix(60))': expected numbers, found \(type); convert it before sending")
            }
        }
        let cells = columns.map { "CAST(\(DuckDBConnection.quoted(identifier: $0)) AS DOUBLE)" }
        let names = columns.indices.map { " AS c\($0)" }
        let list = zip(cells, names).map { $0 + $1 }.joined(separator: ", ")
        do {
            return try connection.query("SELECT \(list) FROM \(file.source)").columns.map(\.doubles)
        } catch let error as MartletError where error.code == .engine || error.code == .invalidInput {
            throw MartletError(.invalidInput, "the Parquet file is damaged: its columns cannot be read; write it anew", cause: error)
        }
    }

    private static func isNumber(_ type: String) -> Bool {
        [
            "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT",
            "DOUBLE",
        ]
        .contains(type) || type.hasPrefix("DECIMAL")
    }

    // MARK: DuckDB

    /// Reading a body may take so many megabytes.
    private static let memoryLimitMegabytes = 1_024
    private static let database = Mutex<DuckDBDatabase?>(nil)

    /// Opened with the first body: who sends none does not pay for it.
    private static func connect() throws -> DuckDBConnection {
        try database.withLock { database in
            let open = try database ?? DuckDBDatabase(threads: 1, memoryLimitMegabytes: memoryLimitMegabytes)
            database = open
            return open
        }.connect()
    }
}

/// A file without a place on any disk, which goes with the last who has it.
private final class MemoryFile {
    private let descriptor: Int32

    init(_ bytes: UnsafeRawBufferPointer) throws {
        let name = "/martlet-\(UInt64.random(in: .min ... .max))"
        descriptor = shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MartletError.io("make", "a file in memory", errno: errno) }
        shm_unlink(name)
        var offset = 0
        while offset < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MartletError.io("write to", "a file in memory", errno: errno) }
            offset += count
        }
    }

    deinit { close(descriptor) }

    /// What SQL calls it.
    var source: String { "read_parquet('/proc/self/fd/\(descriptor)')" }
}
