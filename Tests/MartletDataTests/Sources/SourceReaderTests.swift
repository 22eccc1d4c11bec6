import Foundation
import MartletCore
import Testing

@testable import MartletData

@Suite struct SourceReaderTests {
    private func fault(_ bench: Workbench, _ path: String, delimiter: String? = nil) throws -> String {
        let contract = try Contract.of("- {name: a, logicalType: string}")
        return bench.message { _ = try bench.snapshot(path, contract, delimiter: delimiter) }
    }

    static let files: [(String, String, String)] = [
        ("empty.csv", "", "the file is empty"),
        ("blank.csv", "\n", "expected a header, found no line"),
        ("semicolon.csv", "a;b\n1;2\n", "it looks divided by ';'"),
        ("unnamed.csv", "a,,c\n1,2,3\n", "column 2 has no name"),
        ("twice.csv", "a,A\n1,2\n", "'a' and 'A' have one name"),
        ("open.csv", "a,\"b\n1,2\n", "a quote that is not closed"),
        ("short.csv", "a,b\n1,2\nsecret\n", "1 fields instead of 2 in line 3"),
        ("long.csv", "a,b\n1,2,secret\n", "3 fields instead of 2 in line 2"),
        ("late.csv", "\n\na,b\n1,2\n", "found it later"),
        ("plain.csv.gz", "a,b\n1,2\n", "GZIP"),
        ("text.parquet", "hello", "expected Parquet"),
        ("broken.jsonl", "{\"a\":1}\n{\"a\":secret\n", "in line"),
        ("list.jsonl", "[1]\n[2]\n", "expected one JSON object a line"),
    ]

    @Test(arguments: files) func `an unreadable file is named with its fault and without its rows`(
        _ name: String, _ text: String, _ fault: String
    ) throws {
        let bench = try Workbench()
        let message = try self.fault(bench, bench.write(text, as: name))
        #expect(message.contains(fault))
        #expect(message.contains(name))
        #expect(!message.contains("secret"))
    }

    @Test(arguments: ["csv", "jsonl"]) func `bytes that are not UTF-8 are refused`(_ format: String) throws {
        let bench = try Workbench()
        let rows: [UInt8] =
            format == "csv"
            ? Array("a\n".utf8) + [0xFF, 0xFE, 10] : Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}\n".utf8)
        #expect(try fault(bench, bench.write(bytes: rows, as: "a.\(format)")).contains("UTF-8"))
    }

    @Test func `a missing file is told`() throws {
        let bench = try Workbench()
        #expect(try fault(bench, bench.path("none.csv")).contains("there is no such file"))
    }

    @Test func `a folder is no source`() throws {
        let bench = try Workbench()
        let folder = bench.path("rows.csv")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        #expect(try fault(bench, folder).contains("expected a file, found a folder"))
    }

    @Test func `a file that is no database is told`() throws {
        let bench = try Workbench()
        let path = try bench.write(String(repeating: "no database ", count: 200), as: "a.db")
        #expect(try fault(bench, path + "#rows").contains("not a database"))
    }

    @Test func `a misspelled table is told with the nearest`() throws {
        let bench = try Workbench()
        try bench.export("SELECT 'x' AS a", as: "a.sqlite")
        #expect(try fault(bench, bench.path("a.sqlite#row")).contains("did you mean 'rows'?"))
        #expect(try fault(bench, bench.path("a.sqlite")).contains("the tables are rows"))
    }

    @Test func `bytes in a database are refused with their row`() throws {
        let bench = try Workbench()
        try bench.sqlite("a.sqlite", "CREATE TABLE t AS SELECT x'00ff' AS a")
        #expect(try fault(bench, bench.path("a.sqlite#t")).contains("found bytes in row 1"))
    }

    @Test func `a nested column is refused with the next step`() throws {
        let bench = try Workbench()
        let path = try bench.export("SELECT [1, 2] AS a", as: "a.parquet")
        #expect(try fault(bench, path).contains("flatten or cast it with 'select'"))
    }

    static let lines: [(String, [String]?)] = [
        ("a,b", ["a", "b"]), ("\"a,\"\"b\"\"\",c", ["a,\"b\"", "c"]), ("a,", ["a", ""]), ("", [""]), ("\"a", nil),
    ]

    @Test(arguments: lines) func `a header is divided as RFC 4180 says`(_ line: String, _ fields: [String]?) {
        #expect(CSVReader.fields(of: line, delimiter: ",") == fields)
    }
}
