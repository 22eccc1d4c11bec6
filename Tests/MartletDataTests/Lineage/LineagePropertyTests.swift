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
        "SELECT a, y FROM t ASOF LEFT JOIN u ON t.k = u.k AND t.b >= u.moment",
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
        "SELECT a AS b, c FROM t ORDER BY b + 1 LIMIT 5",
        "SELECT sum(a) AS b FROM t GROUP BY k HAVING b > 5",
        "SELECT a AS c, b FROM t QUALIFY row_number() OVER (ORDER BY c, a, b, k) < 5",
        "SELECT a AS k, count(*) AS n FROM t GROUP BY ALL",
        "SELECT DISTINCT ON (b) a AS b, c FROM t ORDER BY b, c",
        "SELECT (SELECT max(x) FROM u WHERE k = t.k) AS e, (SELECT a) AS f FROM t",
        "SELECT a FROM t WHERE EXISTS (FROM u WHERE u.k = t.k AND a > y)",
        "SELECT s.f FROM t AS s",
        "SELECT k, a, x, b2 FROM t JOIN u USING (k) JOIN (SELECT k, max(b) AS b2 FROM t GROUP BY k) USING (k)",
        "SELECT k, x.y FROM t FULL JOIN u USING (k) FULL JOIN u AS x USING (k)",
        "SELECT * FROM t JOIN u USING (k)",
        "SELECT u.* FROM t JOIN u USING (k)",
        "SELECT t.* EXCLUDE a, u.x AS a FROM t JOIN u ON t.k = u.k",
        "SELECT count(*) FROM (SELECT DISTINCT a FROM t)",
        "SELECT a FROM t LIMIT 5 OFFSET 2",
        "SELECT a, b FROM t UNION ALL SELECT x, y FROM u ORDER BY a + b, a LIMIT 7",
        "WITH c AS (SELECT a, row_number() OVER (ORDER BY b, c, a) AS r FROM t) SELECT a FROM c WHERE r <= 3",
        "SELECT max_by(a, b) AS e, arg_min(a, struct_pack(x := b, y := c)) AS f FROM t",
        "SELECT string_agg(d, ',' ORDER BY b, a, c) AS e FROM t",
        "SELECT first(a ORDER BY b, c, k) AS e FROM t GROUP BY k % 2",
        "SELECT grouping(a) AS g, sum(b) AS e FROM t GROUP BY CUBE (a, k)",
        "SELECT a FROM t WHERE (a, b) IN (SELECT (x, y) FROM u)",
        "SELECT a = ANY (SELECT x FROM u) AS e, a > ALL (SELECT y FROM u) AS f FROM t",
        "SELECT ARRAY(SELECT x FROM u WHERE u.k = t.k ORDER BY y, x) AS e FROM t",
        "SELECT list_filter(l, lambda v, i: v > a AND i < 2) AS e, list_reduce(l, lambda p, q: p + q * b) AS f FROM t",
        "SELECT list_transform(l, lambda v: list_transform([a], lambda w: v + w + b)) AS e FROM t",
        "SELECT unnest([a, b]) AS e, c FROM t",
        "SELECT v FROM (SELECT a, unnest(l) AS v FROM t) WHERE v > 1",
        "SELECT x.a, y.c FROM t x, t y WHERE x.k = y.b",
        "SELECT i, a FROM t, range(coalesce(k, 1)) r(i)",
        "SELECT generate_series AS g, a FROM t, generate_series(1, t.k)",
        "SELECT a FROM (t JOIN u USING (k)) WHERE x > 1",
        "SELECT a.b FROM (SELECT {'b': c} AS a FROM t)",
        "SELECT CASE a WHEN 1 THEN b END AS e FROM t",
        "SELECT CAST(a AS VARCHAR) COLLATE NOCASE AS e FROM t ORDER BY ALL LIMIT 3",
        #"SELECT #2 AS e FROM t"#,
        "SELECT a FROM t WHERE b = (SELECT max(b) FROM t)",
        "SELECT a, rank() OVER (PARTITION BY k ORDER BY b) AS r, sum(a) FILTER (WHERE c > 2) OVER (PARTITION BY k) AS e FROM t",
        "SELECT last_value(a IGNORE NULLS) OVER (PARTITION BY k ORDER BY b, c, a) AS e FROM t",
        "SELECT sum(a) OVER (ORDER BY b, c, k RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP) AS e FROM t",
        "SELECT list(a ORDER BY b, c) OVER (PARTITION BY k) AS e FROM t",
        "SELECT a + b AS a, a AS e FROM t",
        "SELECT coalesce(x, 0) AS x, x + 1 AS e FROM u",
        "SELECT a FROM t WHERE list_contains(l, a) OR b IN (1, c)",
        "WITH RECURSIVE r(n, p) AS (SELECT k, a FROM t WHERE b > 1 UNION ALL SELECT u.y, r.p + u.x FROM r JOIN u ON r.n = u.k AND u.y > u.k) SELECT p FROM r",
        "SELECT * FROM t UNION BY NAME SELECT * EXCLUDE (l, s) FROM t",
        "(SELECT a FROM t ORDER BY b, c, a LIMIT 3) UNION ALL (SELECT x FROM u ORDER BY y, moment, x LIMIT 2)",
        "SELECT max(COLUMNS(* EXCLUDE (d, l, s))) FROM t",
        "SELECT COLUMNS(t.*) FROM t JOIN u USING (k)",
        "SELECT a FROM t GROUP BY a ORDER BY sum(b), a LIMIT 3",
        "SELECT a AS x, (SELECT count(*) FROM u WHERE u.x = t.a AND y > x) AS n FROM t",
        "SELECT b.a FROM t AS a, LATERAL (SELECT a.a + a.b AS a) AS b",
        "SELECT t.a FROM t LEFT JOIN LATERAL (SELECT x FROM u WHERE u.k = t.k ORDER BY y, x LIMIT 1) AS i ON i.x > t.b",
        "WITH a AS (SELECT a FROM t), b AS (SELECT a + 1 AS a FROM a) SELECT a FROM b",
        "WITH a AS (WITH b AS (SELECT c AS z FROM t) SELECT z FROM b) SELECT z FROM a",
        "SELECT e FROM (SELECT b AS e, a FROM t) AS q(f, e)",
        "SELECT k, y FROM t LEFT JOIN u USING (k) WHERE y IS NULL OR k > 2",
        "SELECT struct_extract(s, 'f') AS e, s['g'] AS f, l[1:2] AS g, [a, b][c] AS h FROM t",
        "SELECT a FROM t ORDER BY (SELECT max(x) FROM u WHERE u.k = t.k), b, a, c LIMIT 4",
        "SELECT d || '-' || a AS e, regexp_replace(d, 'x', CAST(b AS VARCHAR)) AS f FROM t WHERE d SIMILAR TO 'x.*' OR d LIKE '%' || CAST(c AS VARCHAR)",
        "SELECT sum(n) AS e FROM (SELECT count(*) AS n FROM t GROUP BY a UNION ALL SELECT x FROM u)",
        "SELECT count(*) AS n FROM t JOIN u ON t.k = u.k OR t.a BETWEEN u.x AND u.y",
        "SELECT DISTINCT count(*) OVER (PARTITION BY a) AS n FROM t",
        "SELECT a FROM t WHERE a NOT IN (SELECT x FROM u WHERE x IS NOT NULL)",
        "SELECT approx_quantile(a, 0.5) AS e, quantile_cont(b, [0.1, 0.9]) AS f, mode(c) AS g, corr(a, b) AS h FROM t",
        "SELECT * FROM (SELECT * FROM t) AS i(p, q), u WHERE q = x",
        "SELECT p, c FROM (SELECT * FROM t) AS i(p, q)",
        "SELECT least(a, b) AS e, a IS DISTINCT FROM b AS f, TRY_CAST(d AS BIGINT) AS g, -c AS h, b // 2 AS i FROM t",
        "SELECT t.k FROM t JOIN u ON t.k = u.k GROUP BY t.k HAVING count(DISTINCT u.x) > 1 AND max(t.b) < 8",
        "SELECT a FROM t WHERE b > 2 GROUP BY a, c ORDER BY c, a LIMIT 4",
        "SELECT COUNT(a) AS n, COUNT(*) FILTER (WHERE b > c) AS m FROM t",
        "SELECT * REPLACE (a + b AS a, k AS c) FROM t",
        "SELECT x, first_value(y) OVER (PARTITION BY k ORDER BY moment, y) - y AS e FROM u WINDOW q AS (PARTITION BY x)",
        "SELECT u.k, t.a FROM u ASOF JOIN t ON u.k = t.k AND u.moment >= t.b",
        "SELECT k, a, y FROM t ASOF JOIN (SELECT k, moment AS b, y FROM u) USING (k, b)",
    ]

    @Test(arguments: 0..<8) func `a column outside the lineage changes nothing`(_ part: Int) throws {
        let tables = try LineageTables(seed: UInt64(part))
        for position in stride(from: part, to: Self.queries.count, by: 8) { try check(Self.queries[position], tables) }
    }

    @Test func `so it is for the query of the example`() throws {
        let sql = try Self.exampleQuery()
        let tables = try LineageTables(seed: 1)
        try check(sql, tables)
        let lineage = try SQLColumnLineage.lineage(of: sql, reading: LineageTables.schemas, by: tables.connection)
        let price = try #require(lineage.columns.first { $0.name == "price" })
        #expect(price.sources.map(\.column) == ["brand"] + (1...11).map { "price\($0)" }.sorted())
        #expect(lineage.columns.count == 21)
        #expect(lineage.dataset.isEmpty)
    }

    @Test func `most direct sources do change what comes from them`() throws {
        var (idle, all): ([String], Int) = ([], 0)
        let tables = try LineageTables(seed: 7)
        for sql in Self.queries {
            let lineage = try SQLColumnLineage.lineage(of: sql, reading: LineageTables.schemas, by: tables.connection)
            let before = try tables.values(of: sql)
            for (position, column) in lineage.columns.enumerated() {
                for source in column.sources where source.transformations.contains(where: \.isDirect) {
                    all += 1
                    if try !changes(tables, source, sql, before, position) { idle.append("\(source.table).\(source.column) in \(sql)") }
                }
            }
        }
        #expect(all > 300)
        // A source may be one in theory only: a maximum that is the same again, keys that all occur.
        #expect(idle.count * 20 <= all, "\(idle) of \(all)")
    }

    // MARK: The check

    private func check(_ sql: String, _ tables: LineageTables) throws {
        let lineage = try SQLColumnLineage.lineage(of: sql, reading: LineageTables.schemas, by: tables.connection)
        #expect(lineage.unresolved == [], "\(sql)")
        let before = try tables.values(of: sql)
        try #require(before.count == lineage.columns.count, "\(sql)")
        var random = SplitMix64(seed: 2)
        for table in LineageTables.read(by: sql) {
            for column in table.columns {
                let others = before.indices.filter { !isSource(table.name, column.name, $0, lineage) }
                guard !others.isEmpty else { continue }
                try tables.perturb(table, column, &random)
                let after = try tables.values(of: sql)
                for position in others {
                    let words: Comment = "\(table.name).\(column.name) changed '\(lineage.columns[position].name)' of \(sql)"
                    #expect(before[position] == after[position], words)
                }
            }
            try tables.restore(table)
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
