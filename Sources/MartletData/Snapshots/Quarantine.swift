import MartletCore
import MartletEngines
import MartletStore

/// The broken rows of a checked source: counted, kept in a Parquet file, and compared with the contract's limit.
struct Quarantine {
    /// How many row numbers and reasons a message names.
    static let namedMax = 5

    let connection: DuckDBConnection
    let dataset: DatasetDefinition
    let raw: RawTable
    let reasons: [String]

    /// Counts and keeps the broken rows.
    func summary(_ files: SnapshotFiles) throws -> QuarantineSummary {
        let rows = try connection.count("SELECT count(DISTINCT n) FROM \(BuilderTables.broken)")
        guard rows > 0 else { return QuarantineSummary(rowCount: 0, byReason: [:], digest: nil) }
        let counts = try connection.query(
            "SELECT code, count(DISTINCT n) AS rows FROM \(BuilderTables.broken) GROUP BY code ORDER BY code"
        )
        let codes = try counts.column("code").integers()
        let sizes = try counts.column("rows").integers()
        let byReason = Dictionary(zip(codes, sizes).map { (reasons[Int($0)], Int($1)) }, uniquingKeysWith: +)
        return QuarantineSummary(rowCount: rows, byReason: byReason, digest: try files.keep(query))
    }

    /// Throws where more rows are broken than the contract allows.
    func checkLimit(_ summary: QuarantineSummary, of rowCount: Int, _ blobs: BlobStore) throws {
        let limit = dataset.contract.quarantineLimit
        guard summary.rowCount > 0, Double(summary.rowCount) > limit * Double(rowCount), let digest = summary.digest
        else { return }
        throw MartletError(
            .contractBroken,
            "dataset '\(dataset.name)': \(summary.rowCount) of \(rowCount) rows break "
                + "the contract '\(dataset.contract.id)', "
                + "which allows \(plain((limit * 1e6).rounded() / 1e4)) %: \(shown(summary.byReason)); "
                + "the first are rows \(try firstRows()); all of them with their reasons "
                + "are in '\(blobs.path(of: digest))' "
                + "(Parquet); repair the source, correct the contract, or raise its quarantineLimit"
        )
    }

    private func shown(_ byReason: [String: Int]) -> String {
        let sorted = byReason.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let named = sorted.prefix(Self.namedMax).map { "\($0.key) in \($0.value)" }.joined(separator: ", ")
        return sorted.count > Self.namedMax ? "\(named), and \(sorted.count - Self.namedMax) more reasons" : named
    }

    private func firstRows() throws -> String {
        let sql = "SELECT DISTINCT n FROM \(BuilderTables.broken) ORDER BY n LIMIT \(Self.namedMax)"
        return try connection.query(sql).column("n").integers().map(String.init).joined(separator: ", ")
    }

    /// The contract's columns as they came, with the reasons and the row's number, in the source's order.
    private var query: String {
        let columns = raw.conversions.map { "r.\($0.raw) AS \(DuckDBConnection.quoted(identifier: $0.property.name))" }
        let raws = raw.conversions.map(\.raw).joined(separator: ", ")
        let names = reasons.enumerated().map { "(\($0), \(SQLLiteral.quoted($1)))" }.joined(separator: ", ")
        return """
            SELECT \(columns.joined(separator: ", ")), b.reason AS _reason, b.n AS _row
            FROM (SELECT \(raw.rowNumber) AS n, \(raws) FROM \(BuilderTables.raw)) AS r JOIN (
                SELECT n, string_agg(reason, '; ' ORDER BY code) AS reason
                FROM (SELECT DISTINCT n, code FROM \(BuilderTables.broken)) 
                    JOIN (VALUES \(names)) AS names(code, reason) USING (code)
                GROUP BY n
            ) AS b ON r.n = b.n ORDER BY b.n
            """
    }
}
