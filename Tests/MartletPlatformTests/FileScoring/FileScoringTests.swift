import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct FileScoringTests {
    private func areNear(_ left: [Double], _ right: [Double]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }
    }

    @Test(arguments: [false, true])
    func `every row gets what LightGBM predicts of it`(raw: Bool) throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10_000)
            let result = try bench.score("in.parquet", to: "out.parquet") { $0.raw = raw }.result
            #expect(result.rows == 10_000)
            #expect(result.parts == 4)
            #expect(areNear(try bench.column("prediction", of: "out.parquet"), try bench.expected(rows: 0..<10_000, raw: raw)))
        }
    }

    @Test(arguments: [false, true])
    func `several classes get a column each`(raw: Bool) throws {
        try ScoringBench.with(classes: 3) { bench in
            try bench.write("in.parquet", rows: 0..<6000)
            try bench.score("in.parquet", to: "out.parquet") { $0.raw = raw }
            let expected = try bench.expected(rows: 0..<6000, raw: raw)
            for group in 0..<3 {
                let found = try bench.column("prediction_\(group)", of: "out.parquet")
                #expect(areNear(found, stride(from: group, to: expected.count, by: 3).map { expected[$0] }), "class \(group)")
            }
        }
    }

    @Test func `columns that are no features are carried as they are, the others not`() throws {
        try ScoringBench.with { bench in
            let nested = ScoringBench.columns + ", [i, NULL] AS list, {'x': i, 'y': NULL::DATE} AS object, i::DECIMAL(12, 2) AS money"
            try bench.write("in.parquet", rows: 0..<6000, columns: nested + ", TIMESTAMP '2026-01-01' + INTERVAL 1 DAY AS moment")
            try bench.score("in.parquet", to: "out.parquet")
            let output = bench.file("out.parquet")
            let types = try bench.sql("DESCRIBE SELECT * FROM '\(output)'")
            let before = try bench.sql("DESCRIBE SELECT * EXCLUDE (a, b, c, kind) FROM '\(bench.file("in.parquet"))'")
            let names = try types.column("column_name")
            #expect((0..<types.rowCount).map { names[$0].description } == [
                "id", "note", "early", "list", "object", "money", "moment", "prediction",
            ])
            #expect(try types.column("column_type").taking(Array(0..<7)) == before.column("column_type"))
            let different = try bench.sql(
                "SELECT * EXCLUDE prediction FROM '\(output)' EXCEPT SELECT * EXCLUDE (a, b, c, kind) FROM '\(bench.file("in.parquet"))'")
            #expect(different.rowCount == 0)
        }
    }

    @Test(arguments: ["csv", "jsonl", "parquet", "csv.gz", "tsv", "jsonl.gz"], ["csv", "jsonl", "parquet", "csv.gz", "tsv", "jsonl.gz"])
    func `any format may be read and any written`(input: String, output: String) throws {
        try ScoringBench.with { bench in
            func options(_ name: String) -> String {
                let format = name.hasPrefix("jsonl") ? "json" : name.hasPrefix("parquet") ? "parquet" : "csv"
                return "FORMAT \(format)" + (name == "tsv" ? ", DELIMITER '\\t'" : "") + (name.hasSuffix("gz") ? ", COMPRESSION gzip" : "")
            }
            try bench.write("in.\(input)", rows: 0..<6000, options: options(input))
            let result = try bench.score("in.\(input)", to: "out.\(output)")
            #expect(result.result.rows == 6000)
            #expect(result.events.contains(.converting) == (input != "parquet"))
            let reader = output.hasPrefix("jsonl") ? "read_json" : output == "parquet" ? "read_parquet" : "read_csv"
            let scored = try bench.sql("SELECT id, note, prediction FROM \(reader)('\(bench.file("out.\(output)"))')")
            #expect(try scored.column("id").doubles == (0..<6000).map(Double.init))
            #expect(areNear(try scored.column("prediction").doubles, try bench.expected(rows: 0..<6000)))
        }
    }

    @Test func `files of a folder or pattern are scored in the order of their paths`() throws {
        try ScoringBench.with { bench in
            for (number, name) in ["a/1.parquet", "a/2.parquet", "b/x[1].parquet", "c.parquet"].enumerated() {
                try bench.write("in/\(name)", rows: number * 1500..<(number + 1) * 1500)
            }
            try bench.write("in/_temporary/0.parquet", rows: 0..<10)
            try Data("not data".utf8).write(to: URL(filePath: bench.file("in/readme.txt")))
            let whole = try bench.score("in", to: "out.parquet").result
            #expect(whole.files == 4)
            #expect(whole.parts == 4)
            #expect(try bench.column("id", of: "out.parquet") == (0..<6000).map(Double.init))
            try bench.score("in/*/*.parquet", to: "some.parquet")
            #expect(try bench.column("id", of: "some.parquet").filter { $0 > 10 }.count == 4489)
            try bench.score("in/b/x[1].parquet", to: "one.parquet")
            #expect(try bench.column("id", of: "one.parquet") == (3000..<4500).map(Double.init))
        }
    }

    @Test func `folders named by a column's value are that column`() throws {
        try ScoringBench.with { bench in
            for day in 1...2 { try bench.write("in/day=2026-01-0\(day)/x.parquet", rows: 0..<100) }
            try bench.score("in", to: "out.parquet")
            let days = try bench.sql("SELECT day, count(*) AS n FROM '\(bench.file("out.parquet"))' GROUP BY day ORDER BY day")
            #expect(try days.column("day")[1] == .text("2026-01-02"))
            #expect(try days.column("n").doubles == [100, 100])
        }
    }

    @Test func `the bytes do not depend on the number of threads`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<20_000)
            try bench.score("in.parquet", to: "one.parquet") { $0.threads = 1 }
            try bench.score("in.parquet", to: "four.parquet") { $0.threads = 4 }
            #expect(try Digest(ofFile: bench.file("one.parquet")) == Digest(ofFile: bench.file("four.parquet")))
        }
    }

    @Test func `numbers of any type are read, also those that no float holds`() throws {
        try ScoringBench.with { bench in
            let exact = "i AS id, a::DOUBLE AS a, b::DECIMAL(9, 3) AS b, c::HUGEINT AS c, kind::UBIGINT AS kind"
            let rows = "(SELECT \(ScoringBench.columns) FROM range(3000) r(i)) q(id, a, note, b, c, kind, early)"
            try bench.sql("COPY (SELECT \(exact.replacing("i AS id", with: "id")) FROM \(rows)) TO '\(bench.file("in.parquet"))'")
            try bench.sql("COPY (SELECT id, a, note, b, c, kind FROM \(rows)) TO '\(bench.file("float.parquet"))'")
            try bench.score("in.parquet", to: "out.parquet")
            try bench.score("float.parquet", to: "float-out.parquet")
            let scored = try bench.column("prediction", of: "out.parquet")
            #expect(areNear(scored, try bench.column("prediction", of: "float-out.parquet")))
        }
    }

    @Test(arguments: ["parquet", "csv", "jsonl"])
    func `no rows give no rows, and the columns`(output: String) throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<0)
            let result = try bench.score("in.parquet", to: "out.\(output)").result
            #expect(result.rows == 0)
            if output == "parquet" {
                #expect(try bench.sql("FROM '\(bench.file("out.parquet"))'").names == ["id", "note", "early", "prediction"])
            }
        }
    }

    @Test func `a file whose own column is called as DuckDB's row number is scored whole`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<6000, columns: ScoringBench.columns + ", 1000000 - i AS file_row_number")
            let result = try bench.score("in.parquet", to: "out.parquet").result
            #expect(result.parts == 1)
            #expect(try bench.column("file_row_number", of: "out.parquet").first == 1_000_000)
            #expect(areNear(try bench.column("prediction", of: "out.parquet"), try bench.expected(rows: 0..<6000)))
        }
    }

    @Test func `features that have other names are named in the model's order`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<3000)
            try bench.sql(
                "COPY (SELECT id, a AS \"the a\", b AS b2, c AS \"c\"\"3\", kind AS a FROM '\(bench.file("in.parquet"))') TO '\(bench.file("named.parquet"))'"
            )
            try bench.score("named.parquet", to: "out.parquet") { $0.features = ["the a", "b2", "c\"3", "a"] }
            #expect(areNear(try bench.column("prediction", of: "out.parquet"), try bench.expected(rows: 0..<3000)))
        }
    }
}
