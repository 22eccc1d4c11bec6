import MartletCore
import MartletEngines
import Testing

@Suite struct DuckDBConnectionTests {
    private let connection: DuckDBConnection

    init() throws { connection = try DuckDBDatabase(threads: 2).connect() }

    private func refusal(_ body: () throws -> Void) throws -> MartletError {
        try #require(throws: MartletError.self, performing: body)
    }

    @Test func `a hundred thousand rows keep order, values and gaps`() throws {
        let table = try connection.query(
            "SELECT i, CASE WHEN i % 7 <> 0 THEN i / 2 END AS half, 'row number ' || i AS name FROM range(100000) t(i)"
        )
        #expect(table.rowCount == 100_000)
        #expect(table["i"]?.values == .integer((0..<100_000).map { Int64($0) }))
        #expect(table["half"]?[49_999] == .real(24_999.5) && table["half"]?[70_000] == .missing)
        #expect(table["name"]?[99_999] == .text("row number 99999"))
    }

    @Test func `chunks together are the whole result`() throws {
        var rows: [Int64?] = []
        var sizeMax = 0
        try connection.forEachChunk("SELECT i FROM range(100000) t(i)") { table in
            sizeMax = max(sizeMax, table.rowCount)
            if case .integer(let values)? = table["i"]?.values { rows += values }
        }
        #expect(rows == (0..<100_000).map { Int64($0) })
        #expect(sizeMax <= 2048)
    }

    @Test func `chunks of cast columns have their names and texts`() throws {
        var days: [Value] = []
        try connection.forEachChunk("SELECT DATE '2024-01-01' + ?::INTEGER AS day", [.integer(1)]) { table in
            days.append(try table.column("day")[0])
        }
        #expect(days == [.text("2024-01-02")])
    }

    @Test func `a body that throws stops the statement and frees the connection`() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try connection.forEachChunk("SELECT i FROM range(10000000000) t(i)") { _ in throw Stop() }
        }
        #expect(try connection.query("SELECT 1 AS a")["a"]?.values == .integer([1]))
    }

    @Test func `an error after the first rows is not taken for the end`() throws {
        let sql = "SELECT CASE WHEN i = 90000 THEN error('row 90000') ELSE i END AS i FROM range(100000) t(i)"
        let streamed = try refusal { try connection.forEachChunk(sql) { _ in } }
        #expect(streamed.code == .engine && streamed.message.contains("row 90000"))
        #expect(try refusal { _ = try connection.query(sql) }.message.contains("row 90000"))
    }

    @Test func `an empty result has its columns`() throws {
        let table = try connection.query("SELECT 1 AS a, 'x' AS b WHERE false")
        #expect(table.names == ["a", "b"] && table.rowCount == 0)
        #expect(table["b"]?.values == .text([]))
    }

    @Test func `bad SQL is refused with DuckDB's message`() throws {
        let error = try refusal { _ = try connection.query("SELEC 1") }
        #expect(error.code == .engine)
        #expect(error.message.hasPrefix("DuckDB: Parser Error") && error.message.contains("SELEC"))
    }

    @Test func `a missing table is refused with its name`() throws {
        let error = try refusal { _ = try connection.query("SELECT * FROM sales") }
        #expect(error.message.contains("sales") && error.message.contains("does not exist"))
    }

    @Test(arguments: ["", "  ", "-- nothing"])
    func `no statement is refused`(sql: String) throws {
        #expect(try refusal { try connection.execute(sql) }.message == "SQL: expected a statement, found none")
    }

    @Test func `a query of two statements is refused before either runs`() throws {
        let error = try refusal { _ = try connection.query("CREATE TABLE t (a INT); SELECT 1") }
        #expect(error.message.contains("expected one statement, found 2"))
        #expect(try connection.query("SHOW TABLES").rowCount == 0)
    }

    @Test func `statements run one after the other`() throws {
        try connection.execute("CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2); DELETE FROM t WHERE a = 1;")
        #expect(try connection.query("FROM t")["a"]?.values == .integer([2]))
    }

    @Test func `parameters of several statements are refused`() throws {
        let error = try refusal { try connection.execute("SELECT ?; SELECT ?", [.integer(1)]) }
        #expect(error.message.contains("expected one statement, found 2"))
    }

    @Test func `a wrong number of parameters is refused`() throws {
        let error = try refusal { _ = try connection.query("SELECT ?::INT, ?::INT", [.integer(1)]) }
        #expect(error.message == "SQL: expected values for 2 parameters, found 1")
    }

    @Test func `a byte 0 in SQL is refused`() throws {
        #expect(try refusal { try connection.execute("SELECT 1 \0 SELECT 2") }.message.contains("byte 0"))
    }

    @Test func `a text parameter is never SQL`() throws {
        try connection.execute("CREATE TABLE t (a VARCHAR)")
        try connection.execute("INSERT INTO t VALUES (?)", [.text("'); DROP TABLE t; --")])
        #expect(try connection.query("FROM t")["a"]?.values == .text(["'); DROP TABLE t; --"]))
    }

    @Test(arguments: ["a\"b", "a\nb", "select", "two words", "größe", "';--", "a\"\"b", "e\u{301}\""])
    func `a quoted identifier names exactly that`(name: String) throws {
        let identifier = DuckDBConnection.quoted(identifier: name)
        try connection.execute("CREATE TABLE t (\(identifier) INT)")
        #expect(try connection.describe("FROM t").map(\.name) == [name])
    }

    @Test(arguments: ["it's", "a\nb", "\\", "''", "';DROP TABLE t;--", "\u{301}'", "'\u{301}"])
    func `a quoted literal is exactly that text`(text: String) throws {
        let table = try connection.query("SELECT \(DuckDBConnection.quoted(literal: text)) AS a")
        guard case .text(let values)? = table["a"]?.values else {
            Issue.record("it is not a text")
            return
        }
        #expect(values.first??.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test func `a description tells names and DuckDB's types`() throws {
        let columns = try connection.describe("SELECT 1 AS a, 1.5::DECIMAL(18,2) AS b, DATE '2024-01-01' AS a; -- end")
        #expect(columns.map(\.name) == ["a", "b", "a_2"])
        #expect(columns.map(\.type) == ["INTEGER", "DECIMAL(18,2)", "DATE"])
    }

    @Test func `a description does not run the query`() throws {
        #expect(try connection.describe("SELECT error('it ran') AS a").map(\.name) == ["a"])
    }

    @Test func `an interrupt stops the statement and not the next one`() throws {
        let interrupter = connection.interrupter
        let error = try refusal {
            try connection.forEachChunk("SELECT i FROM range(10000000000) t(i)") { _ in interrupter.interrupt() }
        }
        #expect(error.message.lowercased().contains("interrupt"))
        #expect(try connection.query("SELECT 1 AS a").rowCount == 1)
    }
}
