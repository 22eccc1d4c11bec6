import MartletCore
import MartletEngines

/// Converts every row of the raw table, checks it, and divides the accepted rows from the broken ones.
struct RowChecker {
    let connection: DuckDBConnection
    let contract: Contract
    let raw: RawTable
    private let checks: [RowCheck]
    private let uniques: [UniqueCheck]

    init(_ connection: DuckDBConnection, _ contract: Contract, _ raw: RawTable) {
        self.connection = connection
        self.contract = contract
        self.raw = raw
        checks = raw.conversions.flatMap(RowCheck.all)
        uniques = UniqueCheck.all(of: contract, raw.conversions)
    }

    /// What a rule of a code is called: single rows first, then combinations.
    var reasons: [String] { checks.map(\.reason) + uniques.map(\.reason) }

    /// Leaves the accepted rows in the typed table and the broken ones' numbers in the broken table.
    /// - Returns: how many rows the source has.
    func run() throws -> Int {
        try checkPatterns()
        try connection.execute("CREATE TEMP TABLE \(BuilderTables.typed) AS \(typedQuery)")
        let count = try connection.count("SELECT count(*) FROM \(BuilderTables.typed)")
        try connection.execute(
            "CREATE TEMP TABLE \(BuilderTables.broken) AS "
                + "SELECT n, CAST(unnest(string_split(codes, ',')) AS INTEGER) AS code "
                + "FROM \(BuilderTables.typed) WHERE codes IS NOT NULL"
        )
        for (position, unique) in uniques.enumerated() {
            try connection.execute(
                "INSERT INTO \(BuilderTables.broken) SELECT n, \(checks.count + position) "
                    + "FROM (\(unique.duplicates(in: BuilderTables.typed)))"
            )
        }
        if try connection.count("SELECT count(*) FROM \(BuilderTables.broken)") > 0 {
            try removeBrokenRows()
        }
        return count
    }

    /// Copies what is accepted: a table that rows were deleted from would remember in its statistics that a column had
    /// nulls, and the snapshot's bytes with it.
    private func removeBrokenRows() throws {
        let (typed, broken, accepted) = (BuilderTables.typed, BuilderTables.broken, BuilderTables.accepted)
        try connection.execute(
            "CREATE TEMP TABLE \(accepted) AS SELECT * FROM \(typed) WHERE n NOT IN (SELECT n FROM \(broken))"
        )
        try connection.execute("DROP TABLE \(typed)")
        try connection.execute("ALTER TABLE \(accepted) RENAME TO \(typed)")
    }

    /// DuckDB's regular expressions (RE2) know less than the standard's; the contract was read without DuckDB.
    private func checkPatterns() throws {
        let ofRows = contract.properties.flatMap { property in property.constraints.map { (property.name, $0) } }
        let ofTable = contract.rules.flatMap { rule -> [(String, Constraint)] in
            guard case .invalidValues(let column, let constraints) = rule.metric else { return [] }
            return constraints.map { (column, $0) }
        }
        for (column, constraint) in ofRows + ofTable {
            guard case .pattern(let pattern) = constraint else { continue }
            do {
                _ = try connection.query("SELECT regexp_matches('', \(SQLLiteral.quoted(pattern))) AS matches")
            } catch {
                throw MartletError(
                    .specificationBroken,
                    "contract '\(contract.id)', property '\(column)', pattern '\(pattern.prefix(100))': "
                        + "expected a regular expression of RE2 (no look-around, no back references); \(error)"
                )
            }
        }
    }

    /// The row's number, the values, and the codes of broken rules, which are only listed for rows that break one.
    private var typedQuery: String {
        let values = raw.conversions.map(\.value).joined(separator: ", ")
        let active = checks.enumerated().filter { $1.condition != "FALSE" }
        let any = active.map(\.element.condition).joined(separator: " OR ")
        let each = active.map { "CASE WHEN \($1.condition) THEN '\($0)' END" }.joined(separator: ", ")
        let codes = active.isEmpty ? "CAST(NULL AS VARCHAR)" : "CASE WHEN \(any) THEN concat_ws(',', \(each)) END"
        func list(_ item: (ColumnConversion) -> String) -> String { raw.conversions.map(item).joined(separator: ", ") }
        return """
            SELECT n, \(values), \(codes) AS codes FROM (
                SELECT n, \(list(\.flagItems)) FROM (
                    SELECT n, \(list(\.valueItems)) FROM (
                        SELECT \(raw.rowNumber) AS n, \(list(\.textItem)) FROM \(BuilderTables.raw)
                    )
                )
            )
            """
    }
}

extension DuckDBConnection {
    /// The whole number that a query gives; 0 for null.
    func count(_ sql: String) throws -> Int {
        switch try query(sql).columns.first?[0] ?? .missing {
        case .integer(let value): Int(value)
        case .real(let value): Int(exactly: value.rounded()) ?? 0
        case .missing, .boolean, .text: 0
        }
    }
}
