import MartletCore
import MartletEngines
import Testing

@Suite struct DuckDBTypesTests {
    private let connection: DuckDBConnection

    init() throws { connection = try DuckDBDatabase(threads: 1).connect() }

    private func column(_ sql: String, _ parameters: [Value] = []) throws -> Column.Values {
        let table = try connection.query(sql, parameters)
        return try #require(table.columns.first).values
    }

    @Test func `booleans are booleans`() throws {
        #expect(try column("SELECT * FROM (VALUES (true), (NULL), (false))") == .boolean([true, nil, false]))
    }

    @Test(arguments: [
        ("TINYINT", -128, 127), ("SMALLINT", -32768, 32767), ("INTEGER", -2_147_483_648, 2_147_483_647),
        ("BIGINT", Int64.min, Int64.max), ("UTINYINT", 0, 255), ("USMALLINT", 0, 65535), ("UINTEGER", 0, 4_294_967_295),
    ])
    func `integers keep their limits`(type: String, low: Int64, high: Int64) throws {
        let sql = "SELECT CAST(v AS \(type)) FROM (VALUES ('\(low)'), (NULL), ('\(high)')) t(v)"
        #expect(try column(sql) == .integer([low, nil, high]))
    }

    @Test(arguments: ["FLOAT", "DOUBLE", "DECIMAL(9,2)", "DECIMAL(38,2)", "HUGEINT", "UBIGINT", "UHUGEINT"])
    func `other numbers are reals and nan where missing`(type: String) throws {
        guard case .real(let values) = try column("SELECT CAST(v AS \(type)) FROM (VALUES (2), (NULL)) t(v)") else {
            Issue.record("\(type) is not read as a real")
            return
        }
        #expect(values[0] == 2 && values[1].isNaN)
    }

    @Test func `numbers beyond 64 bits are rounded`() throws {
        #expect(try column("SELECT 18446744073709551615::UBIGINT") == .real([0x1p64]))
        #expect(try column("SELECT 170141183460469231731687303715884105727::HUGEINT") == .real([0x1p127]))
        #expect(try column("SELECT 123456.78::DECIMAL(18,2)") == .real([123456.78]))
    }

    @Test func `texts of every length are kept`() throws {
        let texts = ["", "short", "twelve bytes", "thirteen byte", "größer als zwölf Bytes 🐦", "a\u{0}b"]
        for text in texts { #expect(try column("SELECT ?::VARCHAR", [.text(text)]) == .text([text])) }
        #expect(try column("SELECT NULL::VARCHAR") == .text([nil]))
    }

    @Test(arguments: [
        ("DATE '2024-02-29'", "2024-02-29"), ("TIMESTAMP '2024-02-29 12:30:00.5'", "2024-02-29 12:30:00.5"),
        ("TIMESTAMPTZ '2024-02-29 12:30:00+02'", "2024-02-29 10:30:00+00"), ("TIME '01:02:03'", "01:02:03"),
        ("INTERVAL 3 DAY", "3 days"), ("[1, NULL, 3]", "[1, NULL, 3]"), ("{'a': 1}", "{'a': 1}"),
        ("'00000000-0000-0000-0000-000000000001'::UUID", "00000000-0000-0000-0000-000000000001"),
        ("'b'::ENUM('a', 'b')", "b"), ("'x'::BLOB", "x"), ("MAP {'k': 1}", "{k=1}"),
    ])
    func `every other type is its text`(expression: String, text: String) throws {
        #expect(try column("SELECT \(expression) AS v UNION ALL SELECT NULL") == .text([text, nil]))
    }

    @Test func `a column of nothing but NULL has a type`() throws {
        let table = try connection.query("SELECT NULL AS nothing")
        #expect(table.rowCount == 1 && table["nothing"]?[0] == .missing)
    }

    @Test func `parameters come back as they went`() throws {
        let values: [Value] = [.boolean(true), .integer(.min), .real(0.1), .text("it's; -- \"text\""), .missing]
        let table = try connection.query("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e", values)
        #expect(table.columns.map { $0[0] } == values)
    }

    @Test func `a cast column keeps its place, its name and the order of rows`() throws {
        let table = try connection.query(
            """
            SELECT i AS "n ""q\""", DATE '2024-01-01' + i::INTEGER AS day FROM range(5) t(i)
            WHERE i > ? ORDER BY i DESC; -- the latest first;
            """, [.integer(1)]
        )
        #expect(table.names == ["n \"q\"", "day"])
        #expect(table["n \"q\""]?.values == .integer([4, 3, 2]))
        #expect(table["day"]?.values == .text(["2024-01-05", "2024-01-04", "2024-01-03"]))
    }

    @Test func `equal names get numbers`() throws {
        let table = try connection.query("SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a, DATE '2024-01-01' AS a")
        #expect(table.names == ["a", "a_3", "a_2", "a_4", "a_5"])
    }

    @Test(arguments: [(Value.integer(7), "[7]"), (.boolean(true), "[true]"), (.text("a"), "[a]")])
    func `a parameter decides a type`(value: Value, list: String) throws {
        let table = try connection.query("SELECT $1 AS a, [$1] AS b, DATE '2024-01-01' AS c", [value])
        #expect(table.columns.map { $0[0] } == [value, .text(list), .text("2024-01-01")])
    }

    @Test func `an unusual type outside a SELECT is refused with the way out`() throws {
        try connection.execute("CREATE TABLE t (day DATE)")
        let error = try #require(throws: MartletError.self) {
            try connection.query("INSERT INTO t VALUES ('2024-01-01') RETURNING day")
        }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("column 'day'") && error.message.contains("cast it to VARCHAR"))
        #expect(try column("SELECT count(*) FROM t") == .integer([0]))
    }
}
