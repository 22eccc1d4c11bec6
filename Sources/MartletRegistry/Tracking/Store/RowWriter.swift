import MartletStore

/// Inserts rows of one table, several with a statement.
struct RowWriter {
    /// A table, and the statements for it: of a few lengths, so that there are few to prepare.
    struct Target: Sendable {
        fileprivate static let rowCounts = [32, 8, 1]

        fileprivate let columnCount: Int
        fileprivate let statements: [SQLDialect: [String]]

        init(_ table: String, _ columns: String...) {
            columnCount = columns.count
            let row = "(\(NumberList.placeholders(columns.count)))"
            let rows = Self.rowCounts.map { Array(repeating: row, count: $0).joined(separator: ",") }
            func statements(_ verb: String) -> [String] {
                rows.map { "\(verb) INTO \(table) (\(columns.joined(separator: ", "))) VALUES \($0)" }
            }
            // A write whose statement fails is undone as a whole, so that SQLite need not be able to undo the statement alone.
            self.statements = [.sqlite: statements("INSERT OR FAIL"), .postgresql: statements("INSERT")]
        }
    }

    private let connection: any SQLConnection
    private let columnCount: Int
    private let statements: [String]
    private var values: [SQLValue] = []

    init(_ target: Target, _ connection: any SQLConnection) {
        self.connection = connection
        columnCount = target.columnCount
        statements = target.statements[connection.dialect] ?? []
    }

    /// Takes the next value of a row.
    mutating func append(_ value: SQLValue) { values.append(value) }

    mutating func append(contentsOf more: [SQLValue]) { values += more }

    /// Writes what there is once it is enough for one statement. Call it after each row.
    mutating func endRow() throws {
        if values.count >= Target.rowCounts[0] * columnCount { try flush() }
    }

    /// Writes what there is.
    mutating func flush() throws {
        var start = 0
        for (rowCount, sql) in zip(Target.rowCounts, statements) {
            let size = rowCount * columnCount
            while values.count - start >= size {
                try connection.executeLater(sql, size == values.count ? values : Array(values[start..<start + size]))
                start += size
            }
        }
        values.removeAll(keepingCapacity: true)
    }
}
