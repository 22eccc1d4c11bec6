import CEngines.DuckDB
package import MartletCore

/// A connection to a database: one task at a time, one statement at a time.
///
/// It is not `Sendable`, so that the compiler keeps it in one task; let each task connect for itself.
///
/// How a result's types become a table's: `BOOLEAN` a boolean; signed integers up to `BIGINT` and unsigned ones up to
/// `UINTEGER` integers; `FLOAT` and `DOUBLE` reals; `VARCHAR` text. `UBIGINT`, `HUGEINT` (which sums of integers are),
/// `UHUGEINT`, `BIGNUM` and `DECIMAL` become reals, so a number's type never depends on its size: cast to `BIGINT`
/// what must stay whole beyond 2⁵³. Everything else, such as `DATE`, `TIMESTAMP`, `ENUM`, `UUID` or lists, becomes the
/// text of its cast to `VARCHAR`. `NULL` is missing, in a real it is `nan`. Of columns with one name the later ones get
/// `_2`, `_3`, ….
package final class DuckDBConnection {
    let handle: DuckDBConnectionHandle

    init(_ handle: DuckDBConnectionHandle) { self.handle = handle }

    /// Stops this connection's statement from another task.
    package var interrupter: DuckDBInterrupter { DuckDBInterrupter(handle: handle) }

    /// Runs statements, separated by `;`, one after the other; their results are dropped.
    ///
    /// - Parameter parameters: values for `?` or `$1`, …; only with a single statement.
    /// - Throws: `engine` with DuckDB's message; what ran before stays, unless `sql` opens a transaction.
    package func execute(_ sql: String, _ parameters: [Value] = []) throws {
        let statements = try DuckDBStatements(sql, handle)
        guard parameters.isEmpty || statements.count == 1 else {
            throw MartletError(
                .invalidInput,
                "SQL with parameters: expected one statement, found \(statements.count); run them one by one"
            )
        }
        for position in 0..<statements.count {
            let statement = try statements.prepare(position)
            try statement.bind(parameters)
            let result = try statement.execute(isStreaming: false)
            // A SELECT may fail while it is read, and its side effects happen then.
            while try result.nextChunk() != nil {}
        }
    }

    /// The result of one statement, whole in memory.
    ///
    /// - Throws: `engine` with DuckDB's message; `invalidInput` where `sql` is not one statement, the number of
    ///   parameters is wrong, or an unusual type comes from something else than a SELECT.
    package func query(_ sql: String, _ parameters: [Value] = []) throws -> Table {
        let reader = try DuckDBReader(sql, parameters, handle, isStreaming: false)
        return try reader.table()
    }

    /// The result of one statement in tables of at most 2048 rows, in order, as DuckDB makes them: memory is bounded.
    ///
    /// The body must not use this connection. Where it throws, the statement is stopped. Without rows it is not called.
    /// - Throws: as `query` and `body` do.
    package func forEachChunk(_ sql: String, _ parameters: [Value] = [], body: (Table) throws -> Void) throws {
        let reader = try DuckDBReader(sql, parameters, handle, isStreaming: true)
        while let table = try reader.nextTable() { try body(table) }
    }

    /// The columns of a query without running it: names as `query` gives them, and DuckDB's types, for example
    /// `DECIMAL(18,2)`.
    package func describe(_ sql: String) throws -> [(name: String, type: String)] {
        let description = try query("DESCRIBE \(SQLText.withoutTerminator(sql))")
        let names = try description.column("column_name")
        let types = try description.column("column_type")
        let unique = SQLText.uniqueNames((0..<names.count).map { names[$0].description })
        return unique.enumerated().map { (name: $1, type: types[$0].description) }
    }

    /// Adds rows to a table quickly.
    ///
    /// - Parameters:
    ///   - table: the table's name as it is, without quotes.
    ///   - schema: the schema's name; `nil` is the default.
    package func appender(table: String, schema: String? = nil) throws -> DuckDBAppender {
        try DuckDBAppender(handle, schema: schema, table: table)
    }
}
