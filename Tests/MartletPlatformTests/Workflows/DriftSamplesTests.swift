import MartletCore
import MartletEngines
import MartletMonitor
import Testing

@testable import MartletPlatform

@Suite struct DriftSamplesTests {
    @Test(
        arguments: [
            ("inference", "[true, false]", 600, false), ("inference", "[true, true]", 600, true), ("inference", "[1, 0]", 600, false),
            ("decision", "true", 300, true), ("decision", "0", 300, true),
        ])
    func `truth values that an endpoint is asked are compared as numbers`(
        kind: String, asked: String, count: Int, hasDrifted: Bool
    ) throws {
        let connection = try DuckDBDatabase().connect()
        let release = Digest(of: "release")
        try connection.execute(
            """
            CREATE TABLE answers AS SELECT '\(kind)' AS kind, CAST('{"open": \(asked)}' AS JSON) AS features, '\(release)' AS release,
            make_timestamp(CAST(5 AS BIGINT)) AS "time" FROM range(300)
            """)
        let samples = DriftSamples(connection, "SELECT range % 2 = 0 AS open FROM range(600)")
        try samples.keep(release: release, in: Timestamp(microseconds: 0)..<Timestamp(microseconds: 10))
        let column = try #require(try samples.columns(["open"], asked: ["open"], categories: []).first)
        #expect(column.isNumber)
        let drift = try DriftMeasurement(connection).drift(of: column)
        #expect(drift.present.first == 0, "none is missing")
        #expect(drift.present.reduce(0, +) == count)
        #expect((drift.index > 0.2) == hasDrifted)
    }

    @Test func `truth values of two snapshots are compared as numbers`() throws {
        let connection = try DuckDBDatabase().connect()
        let samples = DriftSamples(connection, "SELECT range % 2 = 0 AS open FROM range(600)")
        for (present, hasDrifted) in [("range % 2 = 1", false), ("true", true), ("range % 2", false)] {
            let column = try #require(try samples.columns([], in: "SELECT \(present) AS open FROM range(600)").first)
            #expect(try (DriftMeasurement(connection).drift(of: column).index > 0.2) == hasDrifted, "\(present)")
        }
    }

    @Test func `lists are left out, also of what is compared by itself`() throws {
        let connection = try DuckDBDatabase().connect()
        let table = "SELECT range AS n, [CAST(range AS DECIMAL(10, 2))] AS prices, [TIMESTAMP '2024-05-01'] AS times FROM range(600)"
        let samples = DriftSamples(connection, table)
        #expect(try samples.columns([], in: table).map(\.column) == ["n"])
        for name in ["prices", "times"] {
            let error = #expect(throws: MartletError.self) { try samples.columns([name], in: table) }
            #expect(error?.code == .invalidInput)
        }
    }
}
