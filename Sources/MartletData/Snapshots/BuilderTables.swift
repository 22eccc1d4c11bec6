import MartletCore
import MartletEngines

/// The tables that a builder makes on its connection while it works.
enum BuilderTables {
    /// The source as `select` reads it.
    static let source = "source"
    /// What `select` gave.
    static let selected = "martlet_selected"
    /// The contract's columns as they came: `r0`, `r1`, …
    static let raw = "martlet_raw"
    /// The same in the contract's types: `n` (the row's number from 1), `v0`, `v1`, … and `codes` of broken rules.
    static let typed = "martlet_typed"
    /// A row's number `n` for each `code` of a rule that it breaks.
    static let broken = "martlet_broken"
    /// The accepted rows on their way to being the typed ones.
    static let accepted = "martlet_accepted"
    /// The accepted rows under the contract's names, for rules written in SQL.
    static let table = "martlet_table"

    /// Removes what is there.
    static func drop(_ connection: DuckDBConnection) throws {
        for view in [table, raw, source] { try connection.execute(drop("VIEW", view, connection)) }
        for name in [broken, accepted, typed, raw, selected, SQLiteReader.copyName] {
            try connection.execute(drop("TABLE", name, connection))
        }
    }

    /// A name may be that of a view or of a table, and DuckDB refuses to drop one as the other.
    private static func drop(_ kind: String, _ name: String, _ connection: DuckDBConnection) throws -> String {
        let list = kind == "VIEW" ? "duckdb_views() WHERE view_name" : "duckdb_tables() WHERE table_name"
        let schema = name == SQLiteReader.copyName ? "" : "temp.main."
        let scope = name == SQLiteReader.copyName ? "" : " AND temporary"
        let found = try connection.query("SELECT 1 AS one FROM \(list) = '\(name)'\(scope)")
        return found.rowCount == 0 ? "SELECT 1" : "DROP \(kind) \(schema)\(name)"
    }
}
