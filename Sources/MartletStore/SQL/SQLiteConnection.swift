import GRDB
import GRDBSQLite
import MartletCore

/// A connection of GRDB's, whose cached statements are stepped without GRDB's arguments and rows: those cost more than SQLite.
///
/// GRDB owns connections and statements; what is used of them here never leaves the closure that GRDB calls on the connection's queue.
final class SQLiteConnection: SQLConnection {
    /// After how many instructions of SQLite's machine it is looked whether to go on: some 50 µs.
    private static let stepsBetweenLooks: CInt = 2_000

    private let database: Database
    private let path: String

    init(_ database: Database, path: String) {
        self.database = database
        self.path = path
    }

    /// Calls a closure whose statements end with `CancellationError` once the turn is cancelled.
    func read<Value>(_ turn: SQLReadTurn, _ body: (any SQLConnection) throws -> Value) throws -> Value {
        try turn.check()
        let handle = database.sqliteConnection
        sqlite3_progress_handler(
            handle, Self.stepsBetweenLooks,
            { turn in
                guard let turn else { return 0 }
                return Unmanaged<SQLReadTurn>.fromOpaque(turn).takeUnretainedValue().isCancelled ? 1 : 0
            }, Unmanaged.passUnretained(turn).toOpaque())
        defer { sqlite3_progress_handler(handle, 0, nil, nil) }
        return try withExtendedLifetime(turn) { try body(self) }
    }

    var dialect: SQLDialect { .sqlite }

    var isInTransaction: Bool { database.isInsideTransaction }

    func beginWrite() throws { try execute("BEGIN IMMEDIATE") }

    func executeWithNext(_ sql: String) throws { try execute(sql) }

    func executeLater(_ sql: String, _ values: [SQLValue]) throws { try execute(sql, values) }

    @discardableResult func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try query(sql, values) { _ in }
        return database.changesCount
    }

    func query(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        let statement = try SQLiteFailure.translating(path) { try database.cachedStatement(sql: sql) }
        try run(statement, values, row)
    }

    func query(once sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        let statement = try SQLiteFailure.translating(path) { try database.makeStatement(sql: sql) }
        try run(statement, values, row)
    }

    private func run(_ prepared: Statement, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        let statement = prepared.sqliteStatement
        // What a reset returns is what the last step returned, and that was thrown.
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        try bind(values, to: statement)
        let current = SQLiteRow(statement)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try row(current)
            case SQLITE_DONE: return
            case SQLITE_INTERRUPT: throw CancellationError()
            case let code: throw failure(code)
            }
        }
    }

    private func bind(_ values: [SQLValue], to statement: SQLiteStatement) throws {
        guard values.count == Int(sqlite3_bind_parameter_count(statement)) else {
            throw MartletError(
                .invalidInput, "a statement has \(sqlite3_bind_parameter_count(statement)) placeholders, found \(values.count) values")
        }
        var place: CInt = 1
        for value in values {
            let code: CInt =
                switch value {
                case .null: sqlite3_bind_null(statement, place)
                case .integer(let integer): sqlite3_bind_int64(statement, place, integer)
                case .real(let real): sqlite3_bind_double(statement, place, real)
                case .text(let text): Self.bind(text, to: statement, place)
                case .bytes(let bytes):
                    bytes.withUnsafeBytes { sqlite3_bind_blob64(statement, place, $0.baseAddress, UInt64($0.count), Self.copied) }
                }
            guard code == SQLITE_OK else { throw failure(code) }
            place += 1
        }
    }

    private static func bind(_ text: String, to statement: SQLiteStatement, _ place: CInt) -> CInt {
        // Without an address SQLite would bind null.
        if text.isEmpty { return sqlite3_bind_text(statement, place, "", 0, copied) }
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(statement, place, $0.baseAddress, UInt64($0.count), copied, UInt8(SQLITE_UTF8))
            }
        }
    }

    private func failure(_ code: CInt) -> MartletError {
        let connection = database.sqliteConnection
        return SQLiteFailure.error(
            path, code, connection.map { String(cString: sqlite3_errmsg($0)) }, systemError: connection.map(sqlite3_system_errno) ?? 0)
    }

    /// SQLITE_TRANSIENT: SQLite copies before the call returns.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// The row that a statement stands on.
private final class SQLiteRow: SQLRow {
    private let statement: SQLiteStatement

    init(_ statement: SQLiteStatement) { self.statement = statement }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, CInt(column)) == SQLITE_NULL }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, CInt(column)) }

    func real(_ column: Int) -> Double { sqlite3_column_double(statement, CInt(column)) }

    /// By its length: a text may hold a zero.
    func text(_ column: Int) -> String {
        guard let start = sqlite3_column_text(statement, CInt(column)) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, CInt(column)))), as: UTF8.self)
    }

    func bytes(_ column: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, CInt(column)) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, CInt(column)))))
    }
}
