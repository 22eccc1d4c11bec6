import Foundation
import MartletCore
import MartletEngines
import Testing

@testable import MartletData

/// The promise of column lineage, against DuckDB itself: what is not a source of an output column does not change it.
@Suite struct LineagePropertyTests {
    static let queries: [String] = [
        "SELECT a, b + 1 AS e FROM t",
        "SELECT * FROM t",
        "SELECT t.* FROM t JOIN u ON t.k = u.k",
        "SELECT * EXCLUDE (b, l) REPLACE (c * 2 AS a) FROM t WHERE b > 2",
        "SELECT * RENAME (a AS z) FROM t ORDER BY b",
        "SELECT a AS b, b AS a FROM t ORDER BY b LIMIT 5",
        "SELECT a + 1 AS e, e * b AS f, f - e AS g FROM t WHERE f > 3",
        "WITH p(m, n) AS (SELECT a, sum(b) FROM t GROUP BY a), q AS (SELECT m, n FROM p WHERE n > 4) SELECT m + n AS e, m FROM q",
        "SELECT e, x FROM (SELECT a AS e, k FROM t WHERE c < 4) i JOIN u USING (k)",
        "SELECT k, a, x FROM t LEFT JOIN u USING (k)",
        "SELECT k, a, x FROM t FULL JOIN u USING (k)",
        "SELECT k, a, x, t.k AS tk, u.k AS uk FROM t RIGHT JOIN u USING (k)",
        "SELECT a, x FROM t NATURAL JOIN u",
        "SELECT a, y FROM t ASOF LEFT JOIN u ON t.k = u.k AND t.b >= u.at",
        "SELECT a FROM t SEMI JOIN u ON t.k = u.k AND u.x > 2",
        "SELECT a FROM t ANTI JOIN u ON t.k = u.k",
        "SELECT a, x FROM t POSITIONAL JOIN u",
        "SELECT a, b FROM t UNION ALL SELECT x, y FROM u",
        "SELECT a, b FROM t UNION SELECT x, y FROM u ORDER BY 1 LIMIT 9",
        "SELECT a, b FROM t UNION ALL BY NAME SELECT x AS b, y AS z FROM u",
        "SELECT a FROM t EXCEPT SELECT x FROM u",
        "SELECT a FROM t INTERSECT ALL SELECT x FROM u WHERE y > 1",
        "SELECT CASE WHEN a > 2 THEN b ELSE c END AS e, if(a IS NULL, b, 0) AS f, coalesce(b, c) AS g FROM t",
        "SELECT a, sum(b) AS e, count(*) AS n, max(c) FILTER (WHERE k > 2) AS f, list(b ORDER BY c) AS g FROM t GROUP BY ALL",
        "SELECT a + 1 AS e, count(DISTINCT b) AS n FROM t GROUP BY e HAVING sum(c) > 3",
        "SELECT b % 2 AS e, c AS f, count(*) AS n FROM t GROUP BY 1, 2",
        "SELECT a, b, sum(c) AS e FROM t GROUP BY ROLLUP (a, b)",
        "SELECT count(*) AS n FROM t WHERE d LIKE '%x'",
        "SELECT a, sum(b) OVER (PARTITION BY k ORDER BY c, a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS e FROM t",
        "SELECT a, lag(b, 1, c) OVER w AS e, row_number() OVER (ORDER BY k, a, b) AS n FROM t WINDOW w AS (ORDER BY a, b, c)",
        "SELECT a, b FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY c, a, b) = 1",
        "SELECT DISTINCT a, b FROM t",
        "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, c, b",
        "SELECT a, (SELECT max(x) FROM u WHERE u.k = t.k) AS e, EXISTS (SELECT 1 FROM u WHERE u.y = t.b) AS f FROM t",
        "SELECT a FROM t WHERE k IN (SELECT k FROM u WHERE x > 2) AND b > (SELECT avg(y) FROM u)",
        "SELECT l[1] AS e, s.f AS f, t.s.g AS g, list_transform(l, lambda v: v + a) AS h, [v * b FOR v IN l IF v > 1] AS i FROM t",
        "SELECT a, unnest(l) AS e FROM t",
        "SELECT a, r.v FROM t, unnest(t.l) AS r(v)",
        "SELECT a, z FROM t, LATERAL (SELECT t.b + max(x) AS z FROM u WHERE u.k = t.k) AS i",
        "SELECT COLUMNS('^[ab]$'), max(COLUMNS(['a', 'b'])) OVER () FROM (SELECT a, b, c FROM t)",
        "WITH RECURSIVE r AS (SELECT a AS n, b AS m FROM t UNION SELECT n + 1, m FROM r WHERE n < 6) SELECT n, count(*) AS e FROM r GROUP BY n",
        "SELECT v.e, a FROM t JOIN (VALUES (1, 2), (3, 4)) v(f, e) ON v.f = t.a",
        "SELECT x.k, first.c FROM t AS first(a, b, c) JOIN u AS x ON first.a = x.k",
        "WITH t AS (SELECT a, b FROM t WHERE c > 1) SELECT * FROM t",
        "SELECT a FROM t ORDER BY b LIMIT (SELECT count(*) % 7 FROM u WHERE x > 1)",
        "SELECT t FROM t",
        "SELECT b AS a, count(*) AS n FROM t GROUP BY a, b HAVING a > 2",
        "FROM t SELECT a::VARCHAR || d AS e, a BETWEEN b AND c AS f, NOT (a = b OR c > 2) AS g",
    ]

    @Test(arguments: queries) func `a column outside the lineage changes nothing`(_ sql: String) throws { try check(sql) }

    @Test func `so it is for the query of the example`() throws {
        let sql = try Self.exampleQuery()
        try check(sql)
        let tables = try LineageTables(seed: 1)
        let lineage = try SQLColumnLineage.lineage(of: sql, reading: LineageTables.schemas, by: tables.connection)
        let price = try #require(lineage.columns.first { $0.name == "price" })
        #expect(price.sources.map(\.column) == ["brand"] + (1...11).map { "price\($0)" }.sorted())
        #expect(lineage.columns.count == 21)
        #expect(lineage.dataset.isEmpty)
    }

    @Test func `most direct sources do change what comes from them`() throws {
        var (idle, all): ([String], Int) = ([], 0)
        for sql in Self.queries {
            let tables = try LineageTables(seed: 7)
            let lineage = try SQLColumnLineage.lineage(of: sql, reading: LineageTables.schemas, by: tables.connection)
            let before = try tables.values(of: sql)
            for (position, column) in lineage.columns.enumerated() {
                for source in column.sources where source.transformations.contains(where: \.isDirect) {
                    all += 1
                    if try !changes(tables, source, sql, before, position) { idle.append("\(source.table).\(source.column) in \(sql)") }
                }
            }
        }
        #expect(all > 140)
        // A source may be one in theory only: a maximum that is the same again, keys that all occur.
        #expect(idle.count * 20 <= all, "\(idle) of \(all)")
    }

    // MARK: The check

    private func check(_ sql: String) throws {
        for seed in UInt64(1)...2 {
            let tables = try LineageTables(seed: seed)
            let lineage = try SQLColumnLineage.lineage(of: sql, reading: LineageTables.schemas, by: tables.connection)
            #expect(lineage.unresolved == [])
            let before = try tables.values(of: sql)
            #expect(before.count == lineage.columns.count)
            var random = SplitMix64(seed: seed &+ 100)
            for table in LineageTables.schemas where sql.contains(table.name) {
                for column in table.columns {
                    try tables.perturb(table, column, &random)
                    let after = try tables.values(of: sql)
                    for position in before.indices where !isSource(table.name, column.name, position, lineage) {
                        #expect(
                            before[position] == after[position],
                            "seed \(seed): \(table.name).\(column.name) changed '\(lineage.columns[position].name)'")
                    }
                    try tables.restore(table)
                }
            }
        }
    }

    private func isSource(_ table: String, _ column: String, _ position: Int, _ lineage: ColumnLineage) -> Bool {
        (lineage.columns[position].sources + lineage.dataset).contains { $0.table == table && $0.column == column }
    }

    private func changes(
        _ tables: LineageTables, _ source: ColumnLineage.Source, _ sql: String, _ before: [[String]], _ position: Int
    ) throws -> Bool {
        let table = try #require(LineageTables.schemas.first { $0.name == source.table })
        let column = try #require(table.columns.first { $0.name == source.column })
        for seed in UInt64(0)..<6 {
            var random = SplitMix64(seed: seed)
            try tables.perturb(table, column, &random)
            let after = try tables.values(of: sql)[position]
            try tables.restore(table)
            if after != before[position] { return true }
        }
        return false
    }

    /// The `select` of the pricing example, as it is in its file.
    private static func exampleQuery() throws -> String {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appending(path: "Examples/pricing/martlet.yaml"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasSuffix("select: |") }.dropFirst()
        let query = lines.prefix { $0.hasPrefix("      ") }.joined(separator: "\n")
        try #require(query.contains("FROM packed"))
        return query
    }
}
