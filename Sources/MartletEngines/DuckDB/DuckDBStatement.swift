import CEngines.DuckDB
import MartletCore

/// The statements of an SQL text, not prepared yet: a later one may need what an earlier one makes.
final class DuckDBStatements {
    let count: Int
    private let connection: DuckDBConnectionHandle
    private let pointer: OpaquePointer?

    init(_ sql: String, _ connection: DuckDBConnectionHandle) throws {
        guard !sql.utf8.contains(0) else {
            throw MartletError(.invalidInput, "SQL: expected a text, found a byte 0 in it; remove it")
        }
        self.connection = connection
        var made: OpaquePointer?
        count = Int(connection.functions.duckdb_extract_statements(connection.pointer, sql, &made))
        pointer = made
        guard count > 0 else {
            if let reason = made.flatMap({ connection.functions.duckdb_extract_statements_error($0) }) {
                throw DuckDBLibrary.error(reason, or: "")
            }
            throw MartletError(.invalidInput, "SQL: expected a statement, found none")
        }
    }

    deinit {
        var pointer = pointer
        connection.functions.duckdb_destroy_extracted(&pointer)
    }

    func prepare(_ position: Int) throws -> DuckDBStatement {
        var made: OpaquePointer?
        let status = connection.functions.duckdb_prepare_extracted_statement(
            connection.pointer, pointer, UInt64(position), &made
        )
        guard status == 0, let made else {
            defer { connection.functions.duckdb_destroy_prepare(&made) }
            let reason = made.flatMap { connection.functions.duckdb_prepare_error($0) }
            throw DuckDBLibrary.error(reason, or: "the statement cannot be prepared")
        }
        return DuckDBStatement(made, connection)
    }
}

/// A prepared statement.
final class DuckDBStatement {
    private let connection: DuckDBConnectionHandle
    private let pointer: OpaquePointer

    fileprivate init(_ pointer: OpaquePointer, _ connection: DuckDBConnectionHandle) {
        self.pointer = pointer
        self.connection = connection
    }

    deinit {
        var pointer: OpaquePointer? = pointer
        connection.functions.duckdb_destroy_prepare(&pointer)
    }

    /// Whether it can stand in the FROM of another one.
    var isSelect: Bool {
        connection.functions.duckdb_prepared_statement_type(pointer) == MARTLET_DUCKDB_STATEMENT_SELECT.rawValue
    }

    /// The result's columns; types that depend on parameters are invalid.
    var columns: [DuckDBColumn] {
        let functions = connection.functions
        return (0..<functions.duckdb_prepared_statement_column_count(pointer)).map { position in
            let name = functions.duckdb_prepared_statement_column_name(pointer, position)
            // The name is ours to free.
            defer { functions.duckdb_free(UnsafeMutableRawPointer(mutating: name)) }
            return DuckDBColumn(
                name: name.map { String(cString: $0) } ?? "column\(position)",
                type: martlet_duckdb_type(functions.duckdb_prepared_statement_column_type(pointer, position))
            )
        }
    }

    /// Gives the parameters their values, in order.
    func bind(_ values: [Value]) throws {
        let count = Int(connection.functions.duckdb_nparams(pointer))
        guard count == values.count else {
            throw MartletError(.invalidInput, "SQL: expected values for \(count) parameters, found \(values.count)")
        }
        for (position, value) in values.enumerated() where bind(value, at: UInt64(position) + 1) != 0 {
            let reason = connection.functions.duckdb_prepare_error(pointer)
            throw DuckDBLibrary.error(reason, or: "parameter \(position + 1) cannot be bound")
        }
    }

    private func bind(_ value: Value, at position: UInt64) -> UInt32 {
        let functions = connection.functions
        switch value {
        case .missing: return functions.duckdb_bind_null(pointer, position)
        case .boolean(let value): return functions.duckdb_bind_boolean(pointer, position, value)
        case .integer(let value): return functions.duckdb_bind_int64(pointer, position, value)
        case .real(let value): return functions.duckdb_bind_double(pointer, position, value)
        case .text(let text):
            return functions.duckdb_bind_varchar_length(pointer, position, text, UInt64(text.utf8.count))
        }
    }

    /// Runs it. - Parameter isStreaming: leave the rows where they are until they are asked for.
    func execute(isStreaming: Bool) throws -> DuckDBResult {
        let functions = connection.functions
        var result = martlet_duckdb_result()
        let status =
            isStreaming
            ? functions.duckdb_execute_prepared_streaming(pointer, &result)
            : functions.duckdb_execute_prepared(pointer, &result)
        let owner = DuckDBResult(result, self, functions)
        guard status == 0 else { throw owner.failure() ?? DuckDBLibrary.error(nil, or: "the statement failed") }
        return owner
    }
}
