import MartletCore
import Testing

@testable import MartletData

@Suite struct SelectTests {
    private static let properties =
        "- {name: shop, logicalType: string, primaryKey: true}\n- {name: total, logicalType: number}"

    @Test func `a select reshapes the source before the contract applies`() throws {
        let bench = try Workbench()
        let path = try bench.write("s,p\nb,1.5\na,2\nb,3\n", as: "t.csv")
        let select = "SELECT s AS shop, sum(CAST(p AS DOUBLE)) AS total FROM source GROUP BY s; -- done"
        let snapshot = try bench.snapshot(path, try Contract.of(Self.properties), select: select)
        #expect(
            try bench.rows(snapshot.digest).columns.map { [$0[0], $0[1]] } == [
                [.text("a"), .text("b")], [.real(2), .real(4.5)],
            ])
    }

    @Test func `the order of a select is kept without a key`() throws {
        let bench = try Workbench()
        let path = try bench.write("a\n1\n3\n2\n", as: "t.csv")
        let contract = try Contract.of("- {name: a, logicalType: integer}")
        let snapshot = try bench.snapshot(path, contract, select: "SELECT a FROM source ORDER BY a DESC")
        #expect(try bench.rows(snapshot.digest).column("a").integers() == [3, 2, 1])
    }

    static let refused: [(String, String)] = [
        ("SELECT nothing FROM source", "\"nothing\" not found"), ("SELEC 1", "syntax error"),
        ("DROP TABLE source", "expected one SELECT"), ("SELECT 1; SELECT 2", "found 2; keep one"),
        ("", "found 0; keep one"),
        ("SELECT s FROM source", "columns that are not there: 'shop'; 'total'; found s"),
        ("SELECT CAST(s AS INTEGER) AS shop FROM source", "Could not convert"),
    ]

    @Test(arguments: refused) func `a faulty select is told with the key and DuckDB's words`(
        _ select: String, _ fault: String
    ) throws {
        let bench = try Workbench()
        let path = try bench.write("s,p\nb,1.5\n", as: "t.csv")
        let contract = try Contract.of(Self.properties)
        let message = bench.message { _ = try bench.snapshot(path, contract, select: select) }
        #expect(message.contains(fault))
        #expect(message.contains("dataset 'sales', key 'select'"))
    }

    @Test func `a malformed row under a select is told without its content`() throws {
        let bench = try Workbench()
        let path = try bench.write("s,p\nb,1.5\nsecret\n", as: "t.csv")
        let message = bench.message {
            _ = try bench.snapshot(path, try Contract.of(Self.properties), select: "SELECT * FROM source")
        }
        #expect(message.contains("1 fields instead of 2 in line 3"))
        #expect(!message.contains("secret"))
    }
}
