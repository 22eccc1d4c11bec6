import MartletCore
import MartletEngines
import Testing

@testable import MartletData

@Suite struct SQLColumnLineageTests {
    @Test(arguments: [
        ("SELECT a AS e FROM t", "e: t.a IDENTITY"),
        ("SELECT A AS e FROM T", "e: t.a IDENTITY"),
        ("SELECT a + c AS e FROM t", "e: t.a TRANSFORMATION, t.c TRANSFORMATION"),
        ("SELECT sum(a + 1) AS e FROM t GROUP BY k", "e: t.a AGGREGATION | t.k GROUP_BY"),
        ("SELECT a, a FROM t", "a: t.a IDENTITY; a_1: t.a IDENTITY"),
        ("SELECT max(a) FROM t", "max(a): t.a AGGREGATION"),
        ("SELECT sum(a) FILTER (WHERE b > 1) AS e FROM t", "e: t.a AGGREGATION, t.b FILTER"),
        ("SELECT list(a ORDER BY b) AS e FROM t", "e: t.a AGGREGATION, t.b SORT"),
        ("SELECT CASE WHEN a > 1 THEN b ELSE a END AS e FROM t", "e: t.a TRANSFORMATION+CONDITIONAL, t.b TRANSFORMATION"),
        ("SELECT sum(a) OVER (PARTITION BY b ORDER BY c) AS e FROM t", "e: t.a AGGREGATION, t.b WINDOW, t.c WINDOW"),
        ("SELECT lag(a) OVER (ORDER BY a) AS e FROM t", "e: t.a TRANSFORMATION+WINDOW"),
        ("SELECT a FROM t WHERE b > 1 ORDER BY c", "a: t.a IDENTITY | t.b FILTER, t.c SORT"),
        ("SELECT a FROM t JOIN u ON t.k = u.k", "a: t.a IDENTITY | t.k JOIN, u.k JOIN"),
        ("SELECT k FROM t FULL JOIN u USING (k)", "k: t.k TRANSFORMATION, u.k TRANSFORMATION | t.k JOIN, u.k JOIN"),
        ("SELECT DISTINCT a FROM t", "a: t.a IDENTITY | t.a GROUP_BY"),
        ("SELECT count(*) AS n FROM t", "n:"),
        ("SELECT 1 AS n", "n:"),
        ("SELECT a AS b FROM t ORDER BY b", "b: t.a IDENTITY | t.a SORT"),
        ("SELECT a AS b FROM t WHERE b > 1", "b: t.a IDENTITY | t.b FILTER"),
        ("SELECT s.f FROM t", "f: t.s TRANSFORMATION"),
        ("SELECT k IN (SELECT k FROM u WHERE x > 1) AS e FROM t", "e: t.k TRANSFORMATION, u.k TRANSFORMATION, u.x FILTER"),
        ("SELECT d -> '$.p' AS e FROM t", "e: t.d TRANSFORMATION"),
        ("SELECT a FROM t -- the end;\n ;", "a: t.a IDENTITY"),
    ])
    func `each column has its sources, and the result has its own`(_ sql: String, _ expected: String) throws {
        let lineage = try lineage(of: sql)
        #expect(Self.text(lineage) == expected)
        #expect(lineage.unresolved == [])
    }

    @Test(arguments: [
        ("SELECT * FROM v", "the table 'v' is not among those that are given"),
        ("SELECT nothing FROM t", "the column 'nothing'"),
        ("SELECT * FROM read_parquet('x.parquet')", "the table function 'read_parquet'"),
        ("SELECT * FROM t PIVOT (sum(b) FOR a IN (1, 2))", "PIVOT"),
        ("SELECT s.* FROM t", "'s.*'"),
    ])
    func `what is not resolved is said`(_ sql: String, _ words: String) throws {
        let unresolved = try lineage(of: sql).unresolved
        #expect(unresolved.contains { $0.contains(words) }, "\(unresolved)")
    }

    @Test(arguments: ["SELECT 1; SELECT 2", "DELETE FROM t", "SELECT FROM WHERE", ""])
    func `only one SELECT is taken`(_ sql: String) {
        #expect { _ = try lineage(of: sql) } throws: { ($0 as? MartletError)?.code == .invalidInput }
    }

    @Test func `a table may have a schema`() throws {
        let table = SQLTable(name: "shop.sales", columns: [("a", "BIGINT")])
        let connection = try DuckDBDatabase(threads: 1).connect()
        let lineage = try SQLColumnLineage.lineage(of: "SELECT shop.sales.a AS e FROM shop.sales", reading: [table], by: connection)
        #expect(Self.text(lineage) == "e: shop.sales.a IDENTITY")
        #expect(lineage.unresolved == [])
    }

    @Test func `a long sum is read`() throws {
        let sum = Array(repeating: "a", count: 80).joined(separator: " + ")
        #expect(Self.text(try lineage(of: "SELECT \(sum) AS e FROM t")) == "e: t.a TRANSFORMATION")
    }

    @Test func `the kinds have the names of OpenLineage`() {
        let names = ColumnTransformation.allCases.map { "\($0.type)/\($0.subtype)" }
        #expect(names.prefix(3) == ["DIRECT/IDENTITY", "DIRECT/TRANSFORMATION", "DIRECT/AGGREGATION"])
        #expect(
            names.dropFirst(3) == [
                "INDIRECT/FILTER", "INDIRECT/JOIN", "INDIRECT/GROUP_BY", "INDIRECT/SORT", "INDIRECT/WINDOW", "INDIRECT/CONDITIONAL",
            ])
    }

    private func lineage(of sql: String) throws -> ColumnLineage {
        try SQLColumnLineage.lineage(of: sql, reading: LineageTables.schemas, by: try DuckDBDatabase(threads: 1).connect())
    }

    /// `name: source KIND+KIND, …; name: … | sources of the result`.
    private static func text(_ lineage: ColumnLineage) -> String {
        func text(_ sources: [ColumnLineage.Source]) -> String {
            sources.map { " \($0.table).\($0.column) \($0.transformations.map(\.subtype).joined(separator: "+"))" }.joined(separator: ",")
        }
        let columns = lineage.columns.map { "\($0.name):\(text($0.sources))" }.joined(separator: "; ")
        return columns + (lineage.dataset.isEmpty ? "" : " |\(text(lineage.dataset))")
    }
}
