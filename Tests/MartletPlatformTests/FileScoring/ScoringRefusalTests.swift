import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ScoringRefusalTests {
    @Test func `columns that do not match are shown side by side`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10, columns: "i AS id, 'x' AS a, 1.5 AS B, 1 AS kind")
            let error = try bench.refusal("in.parquet")
            #expect(error?.code == .invalidInput)
            #expect(
                error?.message == """
                    '\(bench.file("in.parquet"))' does not have the columns that '\(bench.file("model.txt"))' reads:
                      column  expected  found
                      a       a number  VARCHAR
                      b       a number  missing (is it 'B'?)
                      c       a number  missing (is it 'B'?)
                      id      nothing   BIGINT, carried to the output
                      B       nothing   DECIMAL(2,1), carried to the output
                    rename the columns, or name them in the model's order with --features
                    """)
        }
    }

    @Test func `made-up names and as many columns of numbers are told how to go on`() throws {
        try ScoringBench.with { bench in
            let path = URL(filePath: bench.file("model.txt"))
            let text = try String(contentsOf: path, encoding: .utf8)
            try Data(text.replacing("feature_names=a b c kind", with: "feature_names=Column_0 Column_1 Column_2 Column_3").utf8).write(to: path)
            try bench.write("in.parquet", rows: 0..<10, columns: "'x' AS note, 1 AS w, 2 AS x, 3 AS y, 4 AS z")
            let error = try bench.refusal("in.parquet")
            #expect(error?.message.hasSuffix("if they are in the order of training, say so with --features w,x,y,z") == true)
        }
    }

    @Test(arguments: ["prediction", "Prediction"])
    func `a column that the output needs is refused`(name: String) throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10, columns: ScoringBench.columns + ", 1 AS \(name)")
            #expect(try bench.refusal("in.parquet")?.message.contains("has a column '\(name)', which the output needs") == true)
        }
    }

    @Test(arguments: [
        (["a", "b", "c"], "--features names 3 columns"), (["a", "b", "c", "c"], "names 'c' twice"), (["a", "b", "c", "note"], "VARCHAR"),
    ])
    func `features that are named wrongly are refused`(features: [String], words: String) throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10)
            let error = try bench.refusal("in.parquet") { $0.features = features }
            #expect(error?.code == .invalidInput && error?.message.contains(words) == true)
        }
    }

    @Test func `files that differ in their columns are refused with the difference`() throws {
        try ScoringBench.with { bench in
            try bench.write("in/1.parquet", rows: 0..<10)
            try bench.write("in/2.parquet", rows: 0..<10, columns: ScoringBench.columns.replacing("::FLOAT AS a", with: "::DOUBLE AS a"))
            let error = try bench.refusal("in")
            #expect(error?.message.contains("a       FLOAT  DOUBLE") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `an output that exists stays, unless it may be replaced`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<3000)
            try Data("precious".utf8).write(to: URL(filePath: bench.file("out.parquet")))
            #expect(try bench.refusal("in.parquet")?.code == .conflict)
            #expect(FileManager.default.contents(atPath: bench.file("out.parquet")) == Data("precious".utf8))
            try bench.score("in.parquet", to: "out.parquet") { $0.overwrite = true }
            #expect(try bench.column("prediction", of: "out.parquet").count == 3000)
        }
    }

    @Test(arguments: [
        ("in.parquet", "in.parquet", "is the input too"), ("link.parquet", "in.parquet", "is the input too"),
        ("in", "in/out.parquet", "would be input the next time"), ("in/*.parquet", "in/out.parquet", "would be input the next time"),
        ("in/**/*.parquet", "in/x/out.parquet", "would be input the next time"),
    ])
    func `an output that is or becomes input is refused`(input: String, output: String, words: String) throws {
        try ScoringBench.with { bench in
            try bench.write("in/x/1.parquet", rows: 0..<10)
            try bench.write("in/2.parquet", rows: 0..<10)
            try bench.write("in.parquet", rows: 0..<10)
            try FileManager.default.createSymbolicLink(atPath: bench.file("link.parquet"), withDestinationPath: bench.file("in.parquet"))
            let error = try bench.refusal(input, to: output) { $0.overwrite = true }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a pattern may be written beside, where it does not read the output`() throws {
        try ScoringBench.with { bench in
            try bench.write("in/1.parquet", rows: 0..<10)
            #expect(try bench.score("in/*.parquet", to: "in/out.csv").result.rows == 10)
        }
    }

    @Test(arguments: [
        ("nowhere.parquet", "out.parquet", MartletError.Code.notFound), ("nowhere*.parquet", "out.parquet", .notFound),
        ("empty", "out.parquet", .notFound), ("notes.txt", "out.parquet", .invalidInput), ("in.parquet", "out.xlsx", .invalidInput),
        ("in.parquet", "nowhere/out.parquet", .notFound), ("in.parquet", "empty", .invalidInput), ("mixed", "out.parquet", .invalidInput),
    ])
    func `what is not there or of no known format is refused`(input: String, output: String, code: MartletError.Code) throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10)
            try bench.write("mixed/1.parquet", rows: 0..<10)
            try bench.write("mixed/2.csv", rows: 0..<10, options: "FORMAT csv")
            try FileManager.default.createDirectory(atPath: bench.file("empty"), withIntermediateDirectories: false)
            try Data("x".utf8).write(to: URL(filePath: bench.file("notes.txt")))
            #expect(try bench.refusal(input, to: output)?.code == code)
        }
    }

    @Test func `a Parquet file that is cut off is called by its name`() throws {
        try ScoringBench.with { bench in
            let path = try bench.write("in.parquet", rows: 0..<10_000)
            let bytes = try Data(contentsOf: URL(filePath: path))
            try bytes.dropLast(100).write(to: URL(filePath: path))
            let error = try bench.refusal("in.parquet")
            #expect(error?.code == .invalidInput && error?.message.contains(path) == true)
        }
    }

    @Test func `pages that are damaged are called by their file and rows, and what was scored is kept`() throws {
        try ScoringBench.with { bench in
            let path = try bench.write("in.parquet", rows: 0..<10_000)
            var bytes = try Data(contentsOf: URL(filePath: path))
            let middle = bytes.count * 7 / 10
            for index in middle..<middle + 2000 { bytes[index] = 0xff }
            try bytes.write(to: URL(filePath: path))
            let error = try bench.refusal("in.parquet") { $0.threads = 1 }
            #expect(error?.code == .invalidInput && error?.message.contains("'\(path)', rows ") == true, "\(error?.message ?? "")")
            #expect(FileManager.default.fileExists(atPath: bench.file("out.parquet.martlet-parts/part-000000")))
        }
    }

    @Test(arguments: [(0, nil, 1), (2000, nil, 1), (1, 10, 1), (1, nil, 0)])
    func `numbers out of range are refused`(threads: Int, memory: Int?, partRows: Int) throws {
        try ScoringBench.with { bench in
            var options = FileScoring.Options()
            options.threads = threads
            options.memoryLimitMegabytes = memory
            options.partRowCount = partRows
            let model = try bench.model()
            let error = #expect(throws: MartletError.self) { try FileScoring(model, options) }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test func `little memory runs fewer threads`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10_000)
            let result = try bench.score("in.parquet", to: "out.parquet") {
                $0.threads = 8
                $0.memoryLimitMegabytes = 250
            }
            #expect(result.result.threads == 2)
        }
    }
}
