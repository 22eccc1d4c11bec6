import MartletCore
import MartletEngines
import Testing

@testable import MartletData

/// The same table in every format is the same snapshot.
@Suite struct SnapshotFormatsTests {
    static let table = """
        SELECT range AS id, 'shop "' || (range % 7) || ', é😀' AS shop, range * 0.25 - 3e0 AS price,
            range % 3 = 0 AS open, DATE '2024-01-01' + CAST(range AS INTEGER) AS sold,
            TIMESTAMP '2024-01-01 10:00:00.125' + INTERVAL 1 SECOND * range AS at,
            CASE WHEN range % 5 > 0 THEN range END AS stock, CASE WHEN range % 2 = 0 THEN '' ELSE 'x' END AS note
        FROM range(500) ORDER BY hash(range)
        """
    static let properties = """
        - {name: sold, logicalType: date}
        - {name: id, logicalType: integer, primaryKey: true}
        - {name: shop, logicalType: string, required: true}
        - {name: price, logicalType: number}
        - {name: open, logicalType: boolean}
        - {name: at, logicalType: timestamp}
        - {name: stock, logicalType: integer}
        - {name: note, logicalType: string, required: true}
        """

    @Test(arguments: ["t.csv", "t.csv.gz", "t.jsonl", "t.ndjson.gz", "t.sqlite"])
    func `every format gives the digest of Parquet`(_ name: String) throws {
        let bench = try Workbench()
        let contract = try Contract.of(Self.properties)
        let parquet = try bench.snapshot(bench.export(Self.table, as: "t.parquet"), contract)
        let other = try bench.snapshot(bench.export(Self.table, as: name), contract)
        #expect(other == parquet)
    }

    @Test func `the accepted rows are sorted by the key, with the contract's columns and types`() throws {
        let bench = try Workbench()
        let snapshot = try bench.snapshot(bench.export(Self.table, as: "t.csv"), try Contract.of(Self.properties))
        let columns = try bench.connection.describe("SELECT * FROM read_parquet('\(bench.blob(snapshot.digest))')")
        #expect(columns.map(\.name) == ["sold", "id", "shop", "price", "open", "at", "stock", "note"])
        #expect(
            columns.map(\.type) == ["DATE", "BIGINT", "VARCHAR", "DOUBLE", "BOOLEAN", "TIMESTAMP", "BIGINT", "VARCHAR"])
        #expect(try bench.rows(snapshot.digest).column("id").integers() == (0..<500).map(Int64.init))
    }

    @Test func `the digest is that of the file's bytes`() throws {
        let bench = try Workbench()
        let snapshot = try bench.snapshot(csv: "a\nx\n", try Contract.of("- {name: a, logicalType: string}"))
        #expect(try Digest(ofFile: bench.blob(snapshot.digest)) == snapshot.digest)
    }

    @Test func `without a key the rows keep the source's order`() throws {
        let bench = try Workbench()
        let snapshot = try bench.snapshot(csv: "a\n3\n1\n2\n", try Contract.of("- {name: a, logicalType: integer}"))
        #expect(try bench.rows(snapshot.digest).column("a").integers() == [3, 1, 2])
    }

    @Test func `the number of threads does not change the digest`() throws {
        let bench = try Workbench()
        let path = try bench.export("SELECT range AS a FROM range(300000) ORDER BY hash(range)", as: "t.parquet")
        let contract = try Contract.of("- {name: a, logicalType: integer, primaryKey: true}")
        var digests: Set<Digest> = []
        for threads in [1, 2, 4] {
            try bench.connection.execute("SET threads = \(threads)")
            digests.insert(try bench.snapshot(path, contract).digest)
        }
        #expect(digests.count == 1)
    }

    @Test func `another delimiter and a file with a byte order mark are read`() throws {
        let bench = try Workbench()
        let path = try bench.write("\u{FEFF}a;b\r\n1;\"x;y\"\r\n", as: "t.csv")
        let contract = try Contract.of("- {name: a, logicalType: integer}\n- {name: b, logicalType: string}")
        let snapshot = try bench.snapshot(path, contract, delimiter: ";")
        #expect(try bench.rows(snapshot.digest)["b"]?[0] == .text("x;y"))
    }

    @Test func `a Parquet file with its own file_row_number is read`() throws {
        let bench = try Workbench()
        let path = try bench.export("SELECT 7 AS file_row_number, 'x' AS a", as: "t.parquet")
        let snapshot = try bench.snapshot(path, try Contract.of("- {name: file_row_number, logicalType: integer}"))
        #expect(try bench.rows(snapshot.digest)["file_row_number"]?[0] == .integer(7))
    }

    @Test func `a snapshot is the same after JSON`() throws {
        let bench = try Workbench()
        let snapshot = try bench.snapshot(bench.export(Self.table, as: "t.csv"), try Contract.of(Self.properties))
        #expect(try JSONValue(encoding: snapshot).decoded(as: Snapshot.self) == snapshot)
    }

    @Test func `nothing is left on the connection`() throws {
        let bench = try Workbench()
        _ = try bench.snapshot(
            bench.export(Self.table, as: "t.sqlite"), try Contract.of(Self.properties), select: "SELECT * FROM source")
        let left =
            "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
        #expect(try bench.connection.query(left).rowCount == 0)
    }
}
