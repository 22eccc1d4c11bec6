import GRDB
import MartletCore
import MartletEngines

/// Copies an SQLite table or view into a table of texts, row by row in SQLite's order, since types are the contract's.
struct SQLiteReader {
    /// Where the rows go.
    static let copyName = "martlet_sqlite"

    let connection: DuckDBConnection
    let source: DatasetSource

    func relation() throws -> SourceRelation { try read(copy) }

    /// The columns alone; no row is read.
    func columns() throws -> [SourceColumn] { try read { try Self.columns(of: statement($0)) } }

    private func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        var configuration = Configuration()
        configuration.readonly = true
        do {
            return try DatabaseQueue(path: source.path, configuration: configuration).read(body)
        } catch let error as DatabaseError {
            throw MartletError(
                .invalidInput,
                "source '\(source.path)': expected an SQLite database, found: "
                    + (error.message ?? "SQLite error \(error.resultCode)")
                    + "; correct the file or its format"
            )
        }
    }

    private func copy(_ database: Database) throws -> SourceRelation {
        let statement = try statement(database)
        let names = statement.columnNames
        try SourceReader.checkNames(names, path: source.path)
        let columns = names.map { "\(DuckDBConnection.quoted(identifier: $0)) VARCHAR" }.joined(separator: ", ")
        try connection.execute("CREATE OR REPLACE TABLE \(Self.copyName) (\(columns))")
        let appender = try connection.appender(table: Self.copyName)
        let cursor = try Row.fetchCursor(statement)
        var rowNumber = 0
        while let row = try cursor.next() {
            rowNumber += 1
            try appender.append(row: values(of: row, number: rowNumber, names))
        }
        try appender.close()
        return SourceRelation(sql: Self.copyName, columns: Self.columns(of: statement))
    }

    private func statement(_ database: Database) throws -> Statement {
        try database.makeStatement(sql: "SELECT * FROM \(tableName(database).quotedDatabaseIdentifier)")
    }

    private static func columns(of statement: Statement) -> [SourceColumn] {
        statement.columnNames.map { SourceColumn(name: $0, type: "VARCHAR") }
    }

    private func values(of row: Row, number: Int, _ names: [String]) throws -> [Value] {
        try names.indices.map { column in
            let cell: DatabaseValue = row[column]
            switch cell.storage {
            case .null: return .missing
            case .int64(let value): return .text(String(value))
            case .double(let value): return .text("\(value)")
            case .string(let value): return .text(value)
            case .blob:
                throw MartletError(
                    .invalidInput,
                    "source '\(source.path)': column '\(names[column])': expected a text or a number, "
                        + "found bytes in row \(number); "
                        + "read a view that converts them"
                )
            }
        }
    }

    private func tableName(_ database: Database) throws -> String {
        let sql =
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        let names = try String.fetchAll(database, sql: sql)
        let shown = names.isEmpty ? "none" : names.joined(separator: ", ")
        guard let table = source.table else {
            throw MartletError(
                .invalidInput,
                "source '\(source.path)': expected '#' and a table behind the path; the tables are \(shown)"
            )
        }
        guard names.contains(table) else {
            let hint = nearest(to: table, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw MartletError(
                .notFound, "source '\(source.path)': there is no table '\(table)'; the tables are \(shown)\(hint)")
        }
        return table
    }
}
