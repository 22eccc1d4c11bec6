import CEngines.DuckDB
import MartletCore

/// A statement's result, read chunk by chunk.
final class DuckDBResult {
    private var result: martlet_duckdb_result
    private let functions: martlet_duckdb
    /// Keeps the statement, its connection and its database.
    private let statement: DuckDBStatement

    init(_ result: martlet_duckdb_result, _ statement: DuckDBStatement, _ functions: martlet_duckdb) {
        self.result = result
        self.statement = statement
        self.functions = functions
    }

    deinit { functions.duckdb_destroy_result(&result) }

    var columns: [DuckDBColumn] {
        (0..<functions.duckdb_column_count(&result)).map { position in
            let name = functions.duckdb_column_name(&result, position)
            return DuckDBColumn(
                name: name.map { String(cString: $0) } ?? "column\(position)",
                type: martlet_duckdb_type(functions.duckdb_column_type(&result, position))
            )
        }
    }

    /// Why the statement failed, if it did.
    func failure() -> MartletError? {
        functions.duckdb_result_error(&result).map { DuckDBLibrary.error($0, or: "") }
    }

    /// The next rows; `nil` after the last.
    func nextChunk() throws -> DuckDBChunk? {
        while let pointer = functions.duckdb_fetch_chunk(result) {
            let chunk = DuckDBChunk(pointer, functions)
            if chunk.rowCount > 0 { return chunk }
        }
        // Nothing more may also mean that the statement failed on the way.
        if let failure = failure() { throw failure }
        return nil
    }
}

/// Some rows of a result, in DuckDB's memory.
final class DuckDBChunk {
    private let pointer: OpaquePointer
    private let functions: martlet_duckdb

    fileprivate init(_ pointer: OpaquePointer, _ functions: martlet_duckdb) {
        self.pointer = pointer
        self.functions = functions
    }

    deinit {
        var pointer: OpaquePointer? = pointer
        functions.duckdb_destroy_data_chunk(&pointer)
    }

    var rowCount: Int { Int(functions.duckdb_data_chunk_get_size(pointer)) }

    /// Appends one column's values to a buffer. The pointers do not outlive the call, the chunk does.
    func read(_ position: Int, into buffer: inout DuckDBColumnBuffer) throws {
        guard let vector = functions.duckdb_data_chunk_get_vector(pointer, UInt64(position)),
            let data = functions.duckdb_vector_get_data(vector)
        else {
            throw MartletError(.engine, "DuckDB gives no values for column \(position + 1)")
        }
        buffer.append(data, validity: functions.duckdb_vector_get_validity(vector), count: rowCount)
    }
}
