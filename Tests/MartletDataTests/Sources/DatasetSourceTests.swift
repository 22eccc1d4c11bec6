import MartletCore
import Testing

@testable import MartletData

@Suite struct DatasetSourceTests {
    static let names: [(String, SourceFormat)] = [
        ("a.parquet", .parquet), ("A.CSV", .csv), ("a.csv.gz", .csv), ("a.tsv", .csv), ("a.jsonl", .jsonLines),
        ("a.ndjson.gz", .jsonLines), ("a.db#rows", .sqlite),
    ]

    @Test(arguments: names) func `the name's ending tells the format`(_ name: String, _ format: SourceFormat) throws {
        #expect(try DatasetSource(name).format == format)
    }

    @Test func `what follows the last hash is the table`() throws {
        let source = try DatasetSource("a#b.db#rows")
        #expect(source.path == "a#b.db")
        #expect(source.table == "rows")
    }

    @Test func `a hash in another file's name is part of the name`() throws {
        #expect(try DatasetSource("a#b.csv", format: .csv).path == "a#b.csv")
    }

    @Test func `a tab divides tsv`() throws {
        #expect(try DatasetSource("a.tsv.gz").delimiter == "\t")
    }

    static let refused: [(String, String?, String?, String)] = [
        ("a.xlsx", nil, nil, "ends in one of"), ("a.csv", "rows", nil, "remove 'table'"),
        ("a.csv", nil, ";;", "one ASCII character"),
        ("a.csv", nil, "\n", "one ASCII character"), ("a*.csv", nil, nil, "wildcard '*'"),
    ]

    @Test(arguments: refused) func `a source that makes no sense is refused`(
        _ path: String, _ table: String?, _ delimiter: String?, _ fault: String
    ) {
        #expect { try DatasetSource(path, table: table, delimiter: delimiter) } throws: { "\($0)".contains(fault) }
    }
}
