import Foundation
import MartletCore
import MartletEngines
import Testing

@testable import MartletData

@Suite struct EdgeTableTests {
    @Test(arguments: ["a,b\n", "a,b"]) func `a table without rows is a snapshot`(_ csv: String) throws {
        let bench = try Workbench()
        let snapshot = try bench.snapshot(
            csv: csv,
            try Contract.of("- {name: a, logicalType: integer, primaryKey: true}\n- {name: b, logicalType: date}")
        )
        #expect(snapshot.rowCount == 0)
        #expect(try bench.rows(snapshot.digest).names == ["a", "b"])
        #expect(snapshot.profile.allSatisfy { $0.minimum == nil && $0.mean == nil && $0.quantiles.isEmpty })
    }

    @Test func `a column without values is a snapshot`() throws {
        let bench = try Workbench()
        let kinds = LogicalType.allCases.map(\.rawValue)
        let contract = try Contract.of(
            kinds.map { "- {name: \($0)_column, logicalType: \($0)}" }.joined(separator: "\n"))
        let header = kinds.map { "\($0)_column" }.joined(separator: ",")
        let snapshot = try bench.snapshot(csv: "\(header)\n,,,,,\n,,,,,\n", contract)
        #expect(snapshot.profile.map(\.nullCount) == [2, 2, 2, 2, 2, 2])
        #expect(snapshot.profile.allSatisfy { $0.distinctCount == 0 && $0.top.isEmpty })
    }

    @Test func `three hundred columns are read and checked`() throws {
        let bench = try Workbench()
        let columns = (0..<300).map {
            "- {name: c\($0), logicalType: number, required: true, logicalTypeOptions: {minimum: 0}}"
        }
        let header = (0..<300).map { "c\($0)" }.joined(separator: ",")
        let row = (0..<300).map { "\($0).5" }.joined(separator: ",")
        let snapshot = try bench.snapshot(csv: "\(header)\n\(row)\n", try Contract.of(columns.joined(separator: "\n")))
        #expect(snapshot.profile.count == 300)
        #expect(snapshot.profile[299].maximum == .number(299.5))
    }

    @Test func `a very long text is kept whole, and cut in the profile`() throws {
        let bench = try Workbench()
        let text = String(repeating: "x", count: 5_000_000)
        let snapshot = try bench.snapshot(csv: "a\n\(text)\n", try Contract.of("- {name: a, logicalType: string}"))
        #expect(try bench.rows(snapshot.digest)["a"]?[0] == .text(text))
        #expect(snapshot.profile[0].top.map(\.value.count) == [ColumnProfile.textLengthMax])
    }

    static let hostileNames = [
        "x\"; DROP TABLE t; --", "it's", "n", "v0", "codes", "select", "martlet_raw", "a b", "é",
    ]

    @Test(arguments: hostileNames) func `a column's name is only a name`(_ name: String) throws {
        let bench = try Workbench()
        try bench.connection.execute("CREATE TABLE t (kept INTEGER)")
        let yaml = "'\(name.replacing("'", with: "''"))'"
        let property =
            "- {name: \(yaml), logicalType: integer, unique: true, quality: [{metric: nullValues, mustBeLessThan: 5}]}"
        let rule = "{type: sql, query: 'SELECT count({property}) FROM {object}', mustBe: 2}"
        let contract = try Contract.of(
            property.replacing("}]}", with: "}, \(rule)]}"), top: QuarantineTests.lenient
        )
        let field = "\"\(name.replacing("\"", with: "\"\""))\""
        let snapshot = try bench.snapshot(csv: "\(field),z\n2,z\n1,z\n2,z\n", contract)
        #expect(try bench.rows(snapshot.digest).column(name).integers() == [2, 1])
        #expect(try bench.rows(try #require(snapshot.quarantine.digest)).names == [name, "_reason", "_row"])
        #expect(try bench.connection.query("SELECT count(*) AS n FROM t")["n"]?[0] == .integer(0))
    }

    @Test func `a missing column is told with the nearest, all at once`() throws {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: price, logicalType: number}\n- {name: shop, logicalType: string}")
        let message = bench.message { _ = try bench.snapshot(csv: "prize,q\n1,2\n", contract) }
        #expect(message.contains("'price', did you mean 'prize'?; 'shop'; found prize, q"))
    }

    @Test func `a pattern that DuckDB does not know is told`() throws {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: a, logicalType: string, logicalTypeOptions: {pattern: '(?=x)'}}")
        let message = bench.message { _ = try bench.snapshot(csv: "a\nx\n", contract) }
        #expect(message.contains("property 'a', pattern '(?=x)': expected a regular expression of RE2"))
    }

    @Test func `a failed build leaves the connection fit for the next`() throws {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: a, logicalType: integer}")
        #expect(throws: MartletError.self) { try bench.snapshot(csv: "a\nx\n", contract) }
        #expect(try bench.snapshot(csv: "a\n1\n", contract).rowCount == 1)
    }

    @Test func `the stages come in order`() throws {
        let bench = try Workbench()
        let source = try DatasetSource(bench.write("a\n1\n", as: "t.csv"))
        let dataset = DatasetDefinition(
            name: "d", source: source, contract: try Contract.of("- {name: a, logicalType: integer}"))
        var stages: [SnapshotStage] = []
        _ = try SnapshotBuilder(connection: bench.connection, home: bench.home).build(dataset) { stages.append($0) }
        #expect(stages == SnapshotStage.allCases)
    }

    private static let realData = ["shared/data", "../shared/data"].map { "\($0)/tab_california_housing" }
        .first { FileManager.default.fileExists(atPath: $0) }

    @Test(.enabled(if: realData != nil, "shared/data is not beside this checkout"))
    func `a real table is read whole`() throws {
        let folder = try #require(Self.realData)
        let file = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted().first { SourceFormat(path: $0) != nil }
        )
        let bench = try Workbench()
        let source = try SourceReader(connection: bench.connection).relation(of: try DatasetSource("\(folder)/\(file)"))
        let yaml = source.columns.map { "- {name: '\($0.name)', logicalType: string}" }.joined(separator: "\n")
        #expect(try bench.snapshot("\(folder)/\(file)", try Contract.of(yaml)).rowCount > 1000)
    }
}
