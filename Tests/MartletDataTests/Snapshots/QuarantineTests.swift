import MartletCore
import MartletStore
import Testing

@testable import MartletData

@Suite struct QuarantineTests {
    static let lenient = "customProperties: [{property: quarantineLimit, value: 100%}]"

    /// Reasons of the rows of a one-column table, from its YAML and its cells.
    private func reasons(_ property: String, _ cells: [String]) throws -> [String: Int] {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: x, \(property)}\n- {name: k, logicalType: string}", top: Self.lenient)
        let lines = cells.map { "\"\($0)\",k\n" }.joined()
        return try bench.snapshot(csv: "x,k\n\(lines)", contract).quarantine.byReason
    }

    static let rules: [(String, [String], [String: Int])] = [
        (
            "logicalType: integer", ["5", "-5.0", "1e3", "5.5", "x", "9223372036854775808", "1_0", "true"],
            ["x: type": 5]
        ),
        ("logicalType: number", ["1.5", "1e300", "NaN", "inf", "-Infinity", "1e400", "1,5", "0x1"], ["x: type": 5]),
        ("logicalType: boolean", ["true", "F", "1", "0", "yes", "1.0", "2", "maybe"], ["x: type": 2]),
        (
            "logicalType: date",
            ["2024-02-29", "2024-01-01 00:00:00", "2023-02-29", "2024-01-01 10:00:00", "infinity"], ["x: type": 3]
        ),
        (
            "logicalType: timestamp",
            ["2024-01-01", "2024-01-01T10:00:00Z", "2024-01-01 25:00:00", "noon", "infinity"], ["x: type": 3]
        ),
        (
            "logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}", ["29.02.2024", "2024-02-29", "30.02.2024"],
            ["x: type": 2]
        ),
        (
            "logicalType: number, logicalTypeOptions: {minimum: 0}", ["-inf", "-1", "nan"],
            ["x: type": 1, "x: minimum": 1]
        ),
        ("logicalType: number, required: true", ["1", "", " ", "NaN"], ["x: required": 3]),
        ("logicalType: string, required: true", ["a", "", "NaN"], [:]),
        (
            "logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 3}", ["0", "1", "3", "4"],
            ["x: minimum": 1, "x: maximum": 1]
        ),
        (
            "logicalType: number, logicalTypeOptions: {exclusiveMinimum: 1, exclusiveMaximum: 3}", ["1", "1.5", "3"],
            ["x: exclusiveMinimum": 1, "x: exclusiveMaximum": 1]
        ),
        (
            "logicalType: date, logicalTypeOptions: {minimum: '2024-01-01'}", ["2023-12-31", "2024-01-01"],
            ["x: minimum": 1]
        ),
        (
            "logicalType: timestamp, logicalTypeOptions: {format: \"yyyy-MM-dd'T'HH:mm:ssXXX\", maximum: '2024-01-01T00:00:00Z'}",
            ["2024-01-01T01:00:00+02:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-01-01"],
            ["x: maximum": 1, "x: type": 1]
        ),
        (
            "logicalType: timestamp, logicalTypeOptions: {maximum: '2024-01-01T00:00:00Z'}",
            ["2024-01-01T01:00:00+02:00", "2024-01-01T00:00:01Z"], ["x: maximum": 1]
        ),
        ("logicalType: integer, logicalTypeOptions: {multipleOf: 5}", ["0", "-10", "7"], ["x: multipleOf": 1]),
        (
            "logicalType: number, logicalTypeOptions: {multipleOf: 0.1}", ["0.3", "1000000.7", "0.35"],
            ["x: multipleOf": 1]
        ),
        (
            "logicalType: integer, logicalTypeOptions: {format: u8}", ["0", "255", "256", "-1"],
            ["x: minimum": 1, "x: maximum": 1]
        ),
        (
            "logicalType: string, logicalTypeOptions: {minLength: 2, maxLength: 3}", ["é", "é😀", "abcd"],
            ["x: minLength": 1, "x: maxLength": 1]
        ),
        ("logicalType: string, logicalTypeOptions: {pattern: '^[a-z]+$'}", ["abc", "Abc"], ["x: pattern": 1]),
        ("logicalType: string, logicalTypeOptions: {pattern: b}", ["abc", "ac"], ["x: pattern": 1]),
        (
            "logicalType: string, quality: [{metric: invalidValues, arguments: {validValues: [kg, \"it's\"]}, mustBe: 0}]",
            ["kg", "it's", "lb"], ["x: validValues": 1]
        ),
        (
            "logicalType: string, quality: [{metric: missingValues, arguments: {missingValues: ['', 'N/A']}, mustBe: 0}]",
            ["a", "", "N/A"], ["x: missingValues": 2]
        ),
        ("logicalType: integer, unique: true", ["1", "2", "1", "1", "", ""], ["x: duplicate": 2]),
    ]

    @Test(arguments: rules) func `rows that break a rule are counted by it`(
        _ property: String, _ cells: [String], _ expected: [String: Int]
    ) throws {
        #expect(try reasons(property, cells) == expected)
    }

    @Test func `the quarantine keeps the rows as they came, with their reasons and numbers`() throws {
        let bench = try Workbench()
        let properties =
            "- {name: id, logicalType: integer, primaryKey: true}\n- {name: price, logicalType: number, required: true}"
        let snapshot = try bench.snapshot(
            csv: "price,id,more\n1.5,1,a\ncheap,x,b\n2.5,1,c\n,4,d\n", try Contract.of(properties, top: Self.lenient)
        )
        let rows = try bench.rows(try #require(snapshot.quarantine.digest))
        #expect(rows.names == ["id", "price", "_reason", "_row"])
        #expect(try rows.column("_row").integers() == [2, 3, 4])
        #expect((0..<3).map { rows.columns[0][$0] } == [.text("x"), .text("1"), .text("4")])
        #expect(
            (0..<3).map { rows.columns[2][$0].description } == [
                "id: type; price: type", "primary key: duplicate", "price: required",
            ])
        #expect(snapshot.quarantine.rowCount == 3)
        #expect(snapshot.rowCount == 1)
        #expect(snapshot.droppedColumns == ["more"])
    }

    @Test(arguments: ["t.parquet", "t.jsonl", "t.sqlite"]) func `row numbers are the source's in every format`(
        _ name: String
    ) throws {
        let bench = try Workbench()
        let path = try bench.export("SELECT CASE WHEN range = 3 THEN -1 ELSE range END AS a FROM range(5)", as: name)
        let contract = try Contract.of(
            "- {name: a, logicalType: integer, logicalTypeOptions: {minimum: 0}}", top: Self.lenient)
        let snapshot = try bench.snapshot(path, contract)
        #expect(try bench.rows(try #require(snapshot.quarantine.digest)).column("_row").integers() == [4])
    }

    @Test func `of equal rows the first that breaks no other rule is kept`() throws {
        let bench = try Workbench()
        let properties = "- {name: id, logicalType: integer, primaryKey: true}\n- {name: x, logicalType: integer}"
        let snapshot = try bench.snapshot(
            csv: "id,x\n1,bad\n1,5\n1,6\n", try Contract.of(properties, top: Self.lenient))
        #expect(try bench.rows(snapshot.digest)["x"]?[0] == .integer(5))
        #expect(snapshot.quarantine.byReason == ["x: type": 1, "primary key: duplicate": 1])
    }

    @Test func `a key of two columns compares both`() throws {
        let bench = try Workbench()
        let properties = "- {name: a, logicalType: integer}\n- {name: b, logicalType: integer}"
        let table = "quality: [{metric: duplicateValues, arguments: {properties: [a, b]}, mustBe: 0}]"
        let contract = try Contract.of(properties, table: table, top: Self.lenient)
        let snapshot = try bench.snapshot(csv: "a,b\n1,1\n1,2\n1,1\n1,\n1,\n", contract)
        #expect(snapshot.quarantine.byReason == ["a, b: duplicate": 1])
        #expect(snapshot.rowCount == 4)
    }

    @Test func `above the limit the build is refused with counts, rows and the file, and without values`() throws {
        let bench = try Workbench()
        let contract = try Contract.of(
            "- {name: a, logicalType: integer}", top: "customProperties: [{property: quarantineLimit, value: 10%}]"
        )
        let message = bench.message { _ = try bench.snapshot(csv: "a\n1\nsecret\n3\nsecret\n", contract) }
        #expect(
            message.contains(
                "2 of 4 rows break the contract 'sales', which allows 10 %: a: type in 2; the first are rows 2, 4;"))
        #expect(message.contains("\(bench.home.path)/blobs/"))
        #expect(!message.contains("secret"))
    }

    @Test func `exactly the limit is accepted`() throws {
        let bench = try Workbench()
        let contract = try Contract.of(
            "- {name: a, logicalType: integer}", top: "customProperties: [{property: quarantineLimit, value: 25%}]"
        )
        #expect(try bench.snapshot(csv: "a\n1\nx\n3\n4\n", contract).quarantine.rowCount == 1)
    }

    @Test func `without a declared limit one broken row is too many`() throws {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: a, logicalType: integer}")
        #expect { try bench.snapshot(csv: "a\n1\nx\n", contract) } throws: {
            ($0 as? MartletError)?.code == .contractBroken
        }
    }

    @Test func `infinities and NaN in Parquet are treated as in text`() throws {
        let bench = try Workbench()
        let path = try bench.export(
            "SELECT unnest(['NaN', 'inf', '-inf', '1.5', NULL])::DOUBLE AS a, unnest(['NaN', '7', '8', '9.5', '1'])::FLOAT AS b",
            as: "t.parquet"
        )
        let contract = try Contract.of(
            "- {name: a, logicalType: number}\n- {name: b, logicalType: integer}", top: Self.lenient)
        let snapshot = try bench.snapshot(path, contract)
        #expect(snapshot.quarantine.byReason == ["a: type": 2, "b: type": 1])
        #expect(snapshot.profile.map(\.nullCount) == [2, 1])
    }
}
