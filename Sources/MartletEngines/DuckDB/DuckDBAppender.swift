import CEngines.DuckDB
package import MartletCore

/// Adds rows to a table, many at a time. One task at a time, like its connection.
///
/// Rows are certain to be in the table after `close()` only. After an error, make a new appender.
package final class DuckDBAppender {
    private let connection: DuckDBConnectionHandle
    private let pointer: OpaquePointer
    private let columnCount: Int
    private var isClosed = false

    init(_ connection: DuckDBConnectionHandle, schema: String?, table: String) throws {
        self.connection = connection
        let functions = connection.functions
        var made: OpaquePointer?
        let status = functions.duckdb_appender_create(connection.pointer, schema, table, &made)
        guard status == 0, let made else {
            let failure = Self.failure(made, functions)
            // Its own failure is the one that is thrown here.
            _ = functions.duckdb_appender_destroy(&made)
            throw failure
        }
        pointer = made
        columnCount = Int(functions.duckdb_appender_column_count(made))
    }

    deinit {
        var pointer: OpaquePointer? = pointer
        // Who cares whether the rows arrived has called close(), which tells.
        _ = connection.functions.duckdb_appender_destroy(&pointer)
    }

    /// Adds one row: a value for each of the table's columns, cast to its type.
    ///
    /// - Throws: `invalidInput` for a wrong number of values, `engine` for a value that the type does not hold.
    package func append(row: [Value]) throws {
        guard !isClosed else { throw MartletError(.invalidInput, "this appender is closed; make a new one") }
        guard row.count == columnCount else {
            throw MartletError(.invalidInput, "append: expected \(columnCount) values in a row, found \(row.count)")
        }
        for value in row { try check(append(value)) }
        try check(connection.functions.duckdb_appender_end_row(pointer))
    }

    /// Writes what is left and tells whether all rows arrived; again, nothing happens.
    package func close() throws {
        guard !isClosed else { return }
        isClosed = true
        try check(connection.functions.duckdb_appender_close(pointer))
    }

    private func append(_ value: Value) -> UInt32 {
        let functions = connection.functions
        switch value {
        case .missing: return functions.duckdb_append_null(pointer)
        case .boolean(let value): return functions.duckdb_append_bool(pointer, value)
        case .integer(let value): return functions.duckdb_append_int64(pointer, value)
        case .real(let value): return functions.duckdb_append_double(pointer, value)
        case .text(let text): return functions.duckdb_append_varchar_length(pointer, text, UInt64(text.utf8.count))
        }
    }

    private func check(_ status: UInt32) throws {
        guard status == 0 else {
            isClosed = true
            throw Self.failure(pointer, connection.functions)
        }
    }

    private static func failure(_ pointer: OpaquePointer?, _ functions: martlet_duckdb) -> MartletError {
        var error: OpaquePointer? = functions.duckdb_appender_error_data(pointer)
        defer { functions.duckdb_destroy_error_data(&error) }
        return DuckDBLibrary.error(error.flatMap { functions.duckdb_error_data_message($0) }, or: "the row is refused")
    }
}
