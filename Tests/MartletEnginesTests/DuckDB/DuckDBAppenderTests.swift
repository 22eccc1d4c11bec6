import MartletCore
import MartletEngines
import Testing

@Suite struct DuckDBAppenderTests {
    private let connection: DuckDBConnection

    init() throws { connection = try DuckDBDatabase(threads: 1).connect() }

    @Test func `appended rows come back`() throws {
        try connection.execute("CREATE TABLE t (a BOOLEAN, b BIGINT, c DOUBLE, d VARCHAR, e DATE)")
        let rows: [[Value]] = [
            [.boolean(true), .integer(-1), .real(0.5), .text("größer als zwölf Bytes"), .text("2024-02-29")],
            [.missing, .missing, .missing, .missing, .missing],
        ]
        let appender = try connection.appender(table: "t")
        for row in rows { try appender.append(row: row) }
        try appender.close()
        let table = try connection.query("FROM t")
        #expect((0..<2).map { row in table.columns.map { $0[row] } } == rows)
    }

    @Test func `many rows are all there after closing`() throws {
        try connection.execute("CREATE TABLE \"odd name\" (a BIGINT)")
        let appender = try connection.appender(table: "odd name", schema: "main")
        for number in 0..<10_000 { try appender.append(row: [.integer(Int64(number))]) }
        try appender.close()
        let table = try connection.query("SELECT count(*) AS n, max(a) AS m FROM \"odd name\"")
        #expect(table.columns.map { $0[0] } == [.integer(10_000), .integer(9_999)])
    }

    @Test func `a missing table is refused with its name`() throws {
        let error = try #require(throws: MartletError.self) { try connection.appender(table: "nowhere") }
        #expect(error.code == .engine && error.message.contains("nowhere"))
    }

    @Test func `a row of another length is refused`() throws {
        try connection.execute("CREATE TABLE t (a BIGINT, b BIGINT)")
        let appender = try connection.appender(table: "t")
        let error = try #require(throws: MartletError.self) { try appender.append(row: [.integer(1)]) }
        #expect(error.message == "append: expected 2 values in a row, found 1")
    }

    @Test func `a value that the type does not hold is refused`() throws {
        try connection.execute("CREATE TABLE t (a TINYINT)")
        let appender = try connection.appender(table: "t")
        let error = try #require(throws: MartletError.self) { try appender.append(row: [.integer(300)]) }
        #expect(error.code == .engine && error.message.contains("300"))
    }

    @Test func `a row that breaks a constraint is told on closing`() throws {
        try connection.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)")
        let appender = try connection.appender(table: "t")
        try appender.append(row: [.integer(1)])
        try appender.append(row: [.integer(1)])
        let error = try #require(throws: MartletError.self) { try appender.close() }
        #expect(error.code == .engine)
        #expect(try connection.query("FROM t").rowCount == 0)
    }

    @Test func `a closed appender takes no rows`() throws {
        try connection.execute("CREATE TABLE t (a BIGINT)")
        let appender = try connection.appender(table: "t")
        try appender.close()
        #expect(throws: MartletError.self) { try appender.append(row: [.integer(1)]) }
    }
}
