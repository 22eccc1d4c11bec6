import Foundation
import MartletCore
import MartletData
import MartletEngines

/// Tables of random values that queries of the lineage tests read, in a database of their own.
struct LineageTables {
    static let schemas: [SQLTable] = [
        SQLTable(
            name: "t",
            columns: [("a", "BIGINT"), ("b", "BIGINT"), ("c", "BIGINT"), ("d", "VARCHAR"), ("k", "BIGINT"), ("l", "BIGINT[]")]
                + [("s", "STRUCT(f BIGINT, g BIGINT)")]),
        SQLTable(name: "u", columns: [("k", "BIGINT"), ("x", "BIGINT"), ("y", "BIGINT"), ("moment", "BIGINT")]),
        SQLTable(
            name: "sales",
            columns: ["store", "brand", "week", "deal", "feat"].map { ($0, "BIGINT") }
                + (["logmove", "profit"] + (1...11).map { "price\($0)" }).map { ($0, "DOUBLE") }),
    ]

    static let rowCount = 24

    let connection: DuckDBConnection

    init(seed: UInt64) throws {
        connection = try DuckDBDatabase(threads: 1).connect()
        var random = SplitMix64(seed: seed)
        for table in Self.schemas {
            let columns = table.columns.map { "\(Self.drawn($0, &random))[i + 1] AS \(DuckDBConnection.quoted(identifier: $0.name))" }
            try connection.execute(
                "CREATE TABLE \(table.name)_kept AS SELECT \(columns.joined(separator: ", ")) FROM range(\(Self.rowCount)) r(i)")
            try restore(table)
        }
    }

    /// Gives one column other values, until `restore`.
    func perturb(_ table: SQLTable, _ column: (name: String, type: String), _ random: inout SplitMix64) throws {
        let values = "\(Self.drawn(column, &random))[rowid + 1] AS \(DuckDBConnection.quoted(identifier: column.name))"
        try connection.execute("CREATE OR REPLACE TABLE \(table.name) AS SELECT * REPLACE (\(values)) FROM \(table.name)_kept")
    }

    /// Gives a table the values that it had.
    func restore(_ table: SQLTable) throws { try connection.execute("CREATE OR REPLACE TABLE \(table.name) AS FROM \(table.name)_kept") }

    /// The tables that a query reads.
    static func read(by sql: String) -> [SQLTable] {
        let words = Set(sql.split { !$0.isLetter && !$0.isNumber && $0 != "_" })
        return schemas.filter { words.contains($0.name[...]) }
    }

    /// The values of each column of a query's result, in no order.
    func values(of sql: String) throws -> [[String]] {
        let table = try connection.query(sql)
        return table.columns.map { column in (0..<column.count).map { "\(column[$0])" }.sorted() }
    }

    /// Values of a column, as a list.
    private static func drawn(_ column: (name: String, type: String), _ random: inout SplitMix64) -> String {
        let values = (0..<rowCount).map { _ in literal(column, &random) }
        return "CAST([\(values.joined(separator: ", "))] AS \(column.type)[])"
    }

    private static func literal(_ column: (name: String, type: String), _ random: inout SplitMix64) -> String {
        func small() -> String { random.index(below: 8) == 0 ? "NULL" : "\(random.index(below: 9))" }
        return switch column.type {
        case "DOUBLE": "\(random.unit() + 0.1)"
        case "VARCHAR": "'\(["x", "yy", "zx", "x1"][random.index(below: 4)])'"
        case "BIGINT[]": "[\((0...random.index(below: 3)).map { _ in small() }.joined(separator: ", "))]"
        case "STRUCT(f BIGINT, g BIGINT)": "{'f': \(small()), 'g': \(small())}"
        default: column.name == "brand" ? "\(random.index(below: 11) + 1)" : small()
        }
    }
}
