import Foundation
import MartletCore
import MartletEngines
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct BatchScoringTests {
    /// Rows at the prices that were decided for them, with what the decisions expected to sell.
    private struct Decided {
        var rows: [[String: JSONValue]] = []
        var units: [Double] = []
    }

    /// Decides the held-out requests, and repeats them until there are as many rows as wanted.
    private func decided(_ platform: Platform, count: Int) async throws -> Decided {
        let release = try platform.deployed()
        var once = Decided()
        for item in try await HeldOutTraffic(platform, endpoint: "price").items {
            let answer = try release.decide(item.body, random: (1, 0)).answer
            var row = try #require(item.body.object)
            row["price"] = answer["price"]
            once.rows.append(row)
            once.units.append(try #require(answer["expected_units"]?.double))
        }
        return Decided(
            rows: (0..<count).map { once.rows[$0 % once.rows.count] },
            units: (0..<count).map { once.units[$0 % once.units.count] }
        )
    }

    private static let columns = [
        "store", "brand", "week", "feature", "price", "competitor_1", "competitor_2", "competitor_3",
    ]

    private func csv(_ rows: [[String: JSONValue]], columns: [String] = columns) -> String {
        let lines = rows.map { row in
            columns.map { row[$0].map { $0 == .null ? "" : $0.description } ?? "" }.joined(separator: ",")
        }
        return ([columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    private func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    private func reader(_ path: String) -> String {
        let function = path.hasSuffix("parquet") ? "read_parquet" : path.hasSuffix("csv") ? "read_csv" : "read_json"
        return "\(function)('\(path)')"
    }

    private func predictions(_ path: String) throws -> [Double] {
        try DuckDBDatabase().connect().query("SELECT prediction FROM \(reader(path))").column("prediction").doubles
    }

    @Test(arguments: ["csv", "parquet", "jsonl"], ["csv", "parquet", "jsonl"])
    func `a file is scored row by row as requests are answered, in any format`(input: String, output: String)
        async throws
    {
        try await ReleasedProject.with { platform in
            let decided = try await decided(platform, count: 5_500)
            let (source, target) = (platform.file("rows.\(input)"), platform.file("scored.\(output)"))
            try write(csv(decided.rows), platform.file("rows.csv"))
            if input != "csv" {
                let format = input == "jsonl" ? "json" : input
                try DuckDBDatabase().connect()
                    .execute(
                        "COPY (SELECT * FROM read_csv('\(platform.file("rows.csv"))')) TO '\(source)' (FORMAT \(format))"
                    )
            }
            var progress: [Int] = []
            let result = try BatchScoring(try platform.deployed()).run(input: source, output: target) { done, of in
                progress.append(done)
                if of != 5_500 { Issue.record("the file has 5,500 rows, not \(of)") }
            }
            let scored = try predictions(target)
            #expect(result == BatchScoring.Result(rows: 5_500, withoutHistory: 0))
            #expect(progress.last == 5_500)
            #expect(scored.count == 5_500)
            #expect(zip(scored, decided.units).allSatisfy { $0.isNear($1) })
            #expect(!FileManager.default.fileExists(atPath: target + ".partial"))
        }
    }

    @Test func `every column of the input is kept as it was`() async throws {
        try await ReleasedProject.with { platform in
            let decided = try await decided(platform, count: 10)
            try write(
                csv(decided.rows.map { $0.merging(["note": "kept"]) { $1 } }, columns: ["note"] + Self.columns),
                platform.file("a.csv"))
            _ = try BatchScoring(try platform.deployed()).run(
                input: platform.file("a.csv"), output: platform.file("b.parquet")
            ) { _, _ in }
            let connection = try DuckDBDatabase().connect()
            let before = try connection.query("SELECT * FROM \(reader(platform.file("a.csv")))")
            let after = try connection.query("SELECT * EXCLUDE prediction FROM \(reader(platform.file("b.parquet")))")
            #expect(before.names == after.names)
            for (old, new) in zip(before.columns, after.columns) {
                #expect((0..<before.rowCount).map { old[$0] } == (0..<after.rowCount).map { new[$0] }, "\(old.name)")
            }
        }
    }

    @Test func `what a row says of its own brand as a competitor is ignored, as in a request`() async throws {
        try await ReleasedProject.with { platform in
            let decided = try await decided(platform, count: 12)
            let filled = decided.rows.map { row in
                row.merging(["competitor_\(row["brand"] ?? 1)": 0.5]) { $1 }
            }
            try write(csv(filled), platform.file("a.csv"))
            _ = try BatchScoring(try platform.deployed()).run(
                input: platform.file("a.csv"), output: platform.file("b.csv")
            ) { _, _ in }
            let scored = try predictions(platform.file("b.csv"))
            #expect(zip(scored, decided.units).allSatisfy { $0.isNear($1) })
        }
    }

    @Test func `rows of which nothing is known are scored and counted`() async throws {
        try await ReleasedProject.with { platform in
            var rows = try await decided(platform, count: 4).rows
            rows[1]["store"] = 99
            rows[2]["week"] = 1
            try write(csv(rows), platform.file("a.csv"))
            let result = try BatchScoring(try platform.deployed())
                .run(input: platform.file("a.csv"), output: platform.file("b.csv")) { _, _ in }
            let scored = try predictions(platform.file("b.csv"))
            #expect(result == BatchScoring.Result(rows: 4, withoutHistory: 2))
            #expect(scored.allSatisfy { $0.isFinite })
        }
    }

    @Test func `a file without rows gives a file without rows`() async throws {
        try await ReleasedProject.with { platform in
            try DuckDBDatabase().connect().execute(
                "COPY (SELECT 1 AS store, 1 AS brand, 1 AS week, 0 AS feature, 1.5 AS price, 1.5 AS competitor_1, 1.5 AS competitor_2, 1.5 AS competitor_3 LIMIT 0) TO '\(platform.file("a.parquet"))' (FORMAT parquet)"
            )
            let result = try BatchScoring(try platform.deployed())
                .run(input: platform.file("a.parquet"), output: platform.file("b.parquet")) { _, _ in }
            #expect(result == BatchScoring.Result())
            #expect(try predictions(platform.file("b.parquet")).isEmpty)
        }
    }

    // MARK: Refusals

    private func refusal(_ platform: Platform, input: String, output: String = "out.csv") throws -> MartletError? {
        let release = try platform.deployed()
        let error = #expect(throws: MartletError.self) {
            try BatchScoring(release).run(input: platform.file(input), output: platform.file(output)) { _, _ in }
        }
        #expect(!FileManager.default.fileExists(atPath: platform.file(output)))
        return error
    }

    @Test func `a missing column is refused with the nearest that is there`() async throws {
        try await ReleasedProject.with { platform in
            let rows = try await decided(platform, count: 3).rows.map { $0.merging(["featured": 1]) { $1 } }
            let columns = Self.columns.map { $0 == "feature" ? "featured" : $0 }.filter { $0 != "store" }
            try write(csv(rows, columns: columns), platform.file("a.csv"))
            let error = try refusal(platform, input: "a.csv")
            #expect(error?.code == .invalidInput)
            #expect(
                error?.message
                    == "'\(platform.file("a.csv"))' lacks the columns 'feature' (is it 'featured'?), 'store' that model 'demand' reads; it has brand, week, featured, price, competitor_1, competitor_2, competitor_3"
            )
        }
    }

    @Test func `a file that has predictions already is refused`() async throws {
        try await ReleasedProject.with { platform in
            let rows = try await decided(platform, count: 3).rows.map { $0.merging(["prediction": 1]) { $1 } }
            try write(csv(rows, columns: Self.columns + ["prediction"]), platform.file("a.csv"))
            let error = try refusal(platform, input: "a.csv")
            #expect(error?.message.hasSuffix("has a column 'prediction' already; rename it") == true)
        }
    }

    @Test(arguments: [
        ("nowhere.csv", "out.csv", MartletError.Code.notFound), ("sales.csv.txt", "out.csv", .invalidInput),
    ])
    func `a file that is not there or of no known format is refused`(
        input: String, output: String, code: MartletError.Code
    ) async throws {
        try await ReleasedProject.with { platform in
            try write("a\n1\n", platform.file("sales.csv.txt"))
            #expect(try refusal(platform, input: input, output: output)?.code == code)
        }
    }

    @Test func `an output of no known format is refused before anything is scored`() async throws {
        try await ReleasedProject.with { platform in
            try write(csv(try await decided(platform, count: 3).rows), platform.file("a.csv"))
            let error = try refusal(platform, input: "a.csv", output: "out.xlsx")
            #expect(error?.message.hasSuffix("expected a name that ends in .parquet, .csv or .jsonl") == true)
            #expect(!FileManager.default.fileExists(atPath: platform.file("out.xlsx.partial")))
        }
    }
}
