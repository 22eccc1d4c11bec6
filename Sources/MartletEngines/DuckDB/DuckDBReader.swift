import CEngines.DuckDB
import MartletCore

/// Turns a statement's result into tables. Types that are not read from memory are cast in SQL.
struct DuckDBReader {
    private let result: DuckDBResult
    private let names: [String]
    private let kinds: [DuckDBColumnBuffer.Kind]

    init(_ sql: String, _ parameters: [Value], _ connection: DuckDBConnectionHandle, isStreaming: Bool) throws {
        let statement = try Self.statement(sql, parameters, connection)
        let columns = try Self.columns(of: statement)
        if columns.allSatisfy({ $0.isReadable || !$0.isKnown }) {
            result = try statement.execute(isStreaming: isStreaming)
        } else {
            let cast = try Self.cast(sql, columns, isSelect: statement.isSelect)
            result = try Self.statement(cast, parameters, connection).execute(isStreaming: isStreaming)
        }
        let read = result.columns
        names = SQLText.uniqueNames(read.map(\.name))
        kinds = try read.map { column in
            guard let kind = DuckDBColumnBuffer.Kind(column.type) else { throw Self.unreadable(column) }
            return kind
        }
    }

    /// All rows that are left.
    func table() throws -> Table {
        var buffers = kinds.map(DuckDBColumnBuffer.init)
        while let chunk = try result.nextChunk() { try read(chunk, into: &buffers) }
        return table(buffers)
    }

    /// The next rows; `nil` after the last.
    func nextTable() throws -> Table? {
        guard let chunk = try result.nextChunk() else { return nil }
        var buffers = kinds.map(DuckDBColumnBuffer.init)
        try read(chunk, into: &buffers)
        return table(buffers)
    }

    private func read(_ chunk: DuckDBChunk, into buffers: inout [DuckDBColumnBuffer]) throws {
        for position in buffers.indices { try chunk.read(position, into: &buffers[position]) }
    }

    private func table(_ buffers: [DuckDBColumnBuffer]) -> Table {
        Table(zip(names, buffers).map { Column($0, $1.values) })
    }

    // MARK: Preparation

    private static func statement(
        _ sql: String, _ parameters: [Value], _ connection: DuckDBConnectionHandle
    ) throws -> DuckDBStatement {
        let statements = try DuckDBStatements(sql, connection)
        guard statements.count == 1 else {
            throw MartletError(
                .invalidInput, "SQL: expected one statement, found \(statements.count); run them one by one"
            )
        }
        let statement = try statements.prepare(0)
        try statement.bind(parameters)
        return statement
    }

    /// The columns with their types. Where those depend on parameters, a SELECT is begun, and stopped before its rows.
    private static func columns(of statement: DuckDBStatement) throws -> [DuckDBColumn] {
        let columns = statement.columns
        guard statement.isSelect, !columns.allSatisfy(\.isKnown) else { return columns }
        return try statement.execute(isStreaming: true).columns
    }

    private static func cast(_ sql: String, _ columns: [DuckDBColumn], isSelect: Bool) throws -> String {
        if !isSelect, let column = columns.first(where: { !$0.isReadable }) { throw unreadable(column) }
        let inner = columns.indices.map { "c\($0)" }
        let outer = zip(inner, columns).map { inner, column in
            let value = column.isReadable ? inner : "CAST(\(inner) AS \(column.castTarget))"
            return "\(value) AS \(DuckDBConnection.quoted(identifier: column.name))"
        }
        return """
            SELECT \(outer.joined(separator: ", ")) FROM (
            \(SQLText.withoutTerminator(sql))
            ) AS q(\(inner.joined(separator: ", ")))
            """
    }

    private static func unreadable(_ column: DuckDBColumn) -> MartletError {
        MartletError(
            .invalidInput,
            "column '\(column.name)': its type is read from a SELECT only; "
                + "cast it to VARCHAR or DOUBLE in the statement"
        )
    }
}
