package import MartletCore
package import MartletEngines
import Synchronization

/// A table that a query reads.
package struct SQLTable: Sendable {
    /// The name as the query has it, the schema and a dot before it where the query says so.
    package let name: String
    /// The columns in order, with DuckDB's types.
    package let columns: [(name: String, type: String)]

    package init(name: String, columns: [(name: String, type: String)]) {
        self.name = name
        self.columns = columns
    }
}

/// Finds out which columns of its source tables each column of an SQL query comes from, and how, without running the query.
///
/// What is promised: where nothing is unresolved, an output column never changes by changing the values of a column that is neither
/// among its own sources nor among those of the whole result. (`random()` and `TABLESAMPLE` change by themselves.) The query is parsed by
/// DuckDB and resolved here, as DuckDB resolves it: columns before aliases of the select list, but an alias first where `ORDER BY` has it alone;
/// a name with a dot is a table's column first, and a column's field otherwise.
///
/// What is not resolved, and is said: table functions but `unnest` and `range`, `PIVOT`, `UNPIVOT`, the fields of a struct under `*`, and
/// tables that are not given.
package struct SQLColumnLineage {
    var unresolved: [String] = []
    let tables: [String: SQLTable]
    let aggregates: Set<String>
    let connection: DuckDBConnection

    /// The lineage of a query.
    /// - Parameter tables: those that the query may read.
    /// - Throws: `invalidInput` where the text is not one SELECT; `engine`.
    package static func lineage(
        of sql: String, reading tables: [SQLTable], by connection: DuckDBConnection
    ) throws -> ColumnLineage {
        let tree = try SQLTree.parse(sql, connection)
        var reader = try SQLColumnLineage(tables, connection)
        let result = reader.result(of: tree, LineageContext())
        if result.isOpen { reader.note("the result has columns that are not known here") }
        let names = reader.names(of: sql, result)
        return ColumnLineage(
            columns: zip(names, result.columns).map { ColumnLineage.Column(name: $0, sources: $1.origins.sources) },
            dataset: result.dataset.sources, unresolved: reader.unresolved)
    }

    private init(_ tables: [SQLTable], _ connection: DuckDBConnection) throws {
        self.tables = Dictionary(tables.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        self.connection = connection
        aggregates = try Self.aggregateNames(connection)
    }

    /// DuckDB's functions of many rows. They are asked for once: extensions are not loaded, so they are always the same.
    private static func aggregateNames(_ connection: DuckDBConnection) throws -> Set<String> {
        if let known = knownAggregates.withLock(\.self) { return known }
        let answer = try connection.query("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'")
        let names = try answer.column("function_name")
        let found = Set((0..<names.count).map { names[$0].description })
        knownAggregates.withLock { $0 = found }
        return found
    }

    private static let knownAggregates = Mutex<Set<String>?>(nil)

    /// Says what is not known, once.
    mutating func note(_ sentence: String) {
        if !unresolved.contains(sentence) { unresolved.append(sentence) }
    }

    /// The names of the result's columns as DuckDB makes them, which binds the query to empty tables for it.
    private mutating func names(of sql: String, _ result: LineageResult) -> [String] {
        let own = result.columns.enumerated().map { $1.name ?? "#\($0 + 1)" }
        let text = sql.drop(while: \.isWhitespace).reversed().drop { $0.isWhitespace || $0 == ";" }.reversed()
        let given = tables.values.sorted { $0.name < $1.name }.map { table in
            let columns = table.columns.map { "CAST(NULL AS \($0.type)) AS \(DuckDBConnection.quoted(identifier: $0.name))" }
            return "\(DuckDBConnection.quoted(identifier: table.name)) AS (SELECT \(columns.joined(separator: ", ")))"
        }
        let prefix = given.isEmpty ? "" : "WITH \(given.joined(separator: ", ")) "
        do {
            let described = try connection.describe("\(prefix)SELECT * FROM (\n\(String(text))\n)").map(\.name)
            guard described.count == own.count else {
                note("DuckDB gives \(described.count) columns, and \(own.count) were found")
                return own
            }
            return described
        } catch {
            if result.columns.contains(where: { $0.name == nil }) { note("the columns' names: \(error)") }
            return own
        }
    }
}
