import Foundation
import MartletCore
import MartletEngines
import MartletLearn
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct EvaluateStepTests {
    /// The columns that a table of this project has to have.
    private static let columns = "store, brand, week, feature, price, competitor_1, competitor_2, competitor_3, units"

    /// The released project with a step that evaluates its model, and the table that it reads, where it reads one.
    private func evaluated(_ platform: Platform, _ step: String, table: String? = nil) async throws -> StepExecution {
        let path = platform.file("martlet.yaml")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try Data("\(text)\nsteps:\n  worth: {evaluate: demand, \(step)}\n".utf8).write(to: URL(filePath: path))
        if let table {
            let rows = try await rows(platform)
            try DuckDBDatabase().connect().execute(
                "COPY (\(table.replacing("ROWS", with: "read_parquet('\(rows)')"))) TO '\(platform.file("later.parquet"))' (FORMAT parquet)"
            )
        }
        let changed = try Platform.synthetic(in: platform.project.folder, write: false)
        return try #require(try await changed.runPipeline()["worth"])
    }

    private func rows(_ platform: Platform) async throws -> String {
        let execution = try #require(try await platform.tracking().pipelines.lastExecution("features shelf"))
        return platform.blobs.path(of: try #require(execution.outputs["rows"]))
    }

    private func gate(_ platform: Platform) async throws -> GateReport {
        try #require(try await platform.tracking().pipelines.lastExecution("gate demand")).summary.decoded(as: GateReport.self)
    }

    private func value(_ report: JSONValue?, _ metric: String) -> Double { report?["metrics"]?[metric]?["value"]?.double ?? .nan }

    private func count(_ report: JSONValue, _ what: String) -> Int64? { report["rows"]?[what]?.int }

    // MARK: Held-out rows

    @Test func `on held-out rows the error is the gate's, whole and by slice`() async throws {
        try await ReleasedProject.with { platform in
            let execution = try await evaluated(platform, "slices: [brand]")
            let report = try platform.json(try #require(execution.outputs["report"]))
            let gate = try await gate(platform).result
            #expect(value(report, "rmse") == gate.candidate)
            #expect(count(report, "judged") == Int64(gate.rows))
            let slices = try #require(report["slices"]?.array)
            #expect(slices.map { $0["value"]?.string } == gate.slices.map(\.name))
            #expect(slices.map { value($0, "rmse") } == gate.slices.map(\.candidate))
            #expect(report["cluster"] == "store" && report["clusters"] == 6 && report["seed"] == 7)
        }
    }

    @Test func `each figure lies in its interval, in the target's own units too`() async throws {
        try await ReleasedProject.with { platform in
            let summary = try await evaluated(platform, "slices: []").summary
            for scale in ["metrics", "target_metrics"] {
                for metric in ["rmse", "mae", "bias", "r2"] {
                    let figure = try #require(summary[scale]?[metric])
                    let value = try #require(figure["value"]?.double)
                    #expect(try #require(figure["low"]?.double) <= value)
                    #expect(try #require(figure["high"]?.double) >= value)
                }
            }
            #expect(value(summary, "rmse") < 1 && summary["target_metrics"]?["rmse"]?["value"]?.double ?? 0 > 1)
        }
    }

    @Test func `a second run evaluates nothing again`() async throws {
        try await ReleasedProject.with { platform in
            let first = try await evaluated(platform, "slices: [brand]")
            let again = try await Platform.synthetic(in: platform.project.folder, write: false).runPipeline()["worth"]
            #expect(again?.finishedAt == first.finishedAt)
        }
    }

    // MARK: A table

    @Test func `the held-out rows as a table give the same figures`() async throws {
        try await ReleasedProject.with { platform in
            let gate = try await gate(platform).result
            let execution = try await evaluated(
                platform, "inputs: {rows: later.parquet}, slices: [brand]", table: "SELECT \(Self.columns) FROM ROWS WHERE week > 34")
            let report = try platform.json(try #require(execution.outputs["report"]))
            // History is looked up rather than joined; the sums of formulas may round otherwise.
            #expect(abs(value(report, "rmse") - gate.candidate) < 1e-9)
            #expect(count(report, "given") == Int64(gate.rows) && count(report, "judged") == Int64(gate.rows))
            for (slice, expected) in zip(report["slices"]?.array ?? [], gate.slices) {
                #expect(abs(value(slice, "rmse") - expected.candidate) < 1e-9)
            }
        }
    }

    @Test func `rows that do not count are counted by why`() async throws {
        try await ReleasedProject.with { platform in
            let table = """
                SELECT \(Self.columns) FROM ROWS WHERE week > 34
                UNION ALL SELECT * REPLACE (NULL AS units) FROM (SELECT \(Self.columns) FROM ROWS WHERE week > 37)
                UNION ALL SELECT \(Self.columns) FROM ROWS WHERE week BETWEEN 10 AND 12
                UNION ALL SELECT * REPLACE (NULL AS week) FROM (SELECT \(Self.columns) FROM ROWS WHERE week = 40)
                UNION ALL SELECT * REPLACE (99 AS store) FROM (SELECT \(Self.columns) FROM ROWS WHERE week = 40 AND store < 3)
                """
            let execution = try await evaluated(platform, "inputs: {rows: later.parquet}", table: table)
            let summary = execution.summary
            let gate = try await gate(platform).result
            #expect(count(summary, "given") == 240)
            #expect(count(summary, "judged") == 108)
            #expect(count(summary, "without_target") == 54)
            #expect(count(summary, "before_held_out") == 54)
            #expect(count(summary, "without_time") == 18)
            #expect(count(summary, "without_history") == 6)
            #expect(abs(value(summary, "rmse") - gate.candidate) < 1e-9)
        }
    }

    // MARK: Refusals

    static let refusals = [
        ("SELECT \(columns.replacing("store, ", with: "")) FROM ROWS", "lacks the columns 'store'"),
        ("SELECT \(columns.replacing(", units", with: "")) FROM ROWS", "lacks the columns 'units'"),
        (
            "SELECT \(columns) FROM ROWS WHERE week < 20",
            "none of 342 rows can be judged: 0 lack the target 'units', 0 an event time, 342 are"
        ),
        ("SELECT \(columns) FROM ROWS LIMIT 0", "none of 0 rows can be judged"),
        (
            "SELECT * REPLACE (0 AS units) FROM (SELECT \(columns) FROM ROWS WHERE week > 34)",
            "is fitted to the logarithm of 'units': expected numbers above 0, found 0.0; leave such rows out"
        ),
    ]

    @Test(arguments: refusals) func `a table that cannot be judged is refused with why`(table: String, message: String) async throws {
        try await ReleasedProject.with { platform in
            let error = try await #require(throws: MartletError.self) {
                try await evaluated(platform, "inputs: {rows: later.parquet}", table: table)
            }
            #expect(error.code == .invalidInput && error.message.contains(message), "\(error)")
        }
    }

    @Test func `a column of too many values is no slice`() async throws {
        try await ReleasedProject.with { platform in
            let table = "SELECT \(Self.columns), row_number() OVER () AS id FROM ROWS, range(10) WHERE week > 34"
            let error = try await #require(throws: MartletError.self) {
                try await evaluated(platform, "inputs: {rows: later.parquet}, slices: [id]", table: table)
            }
            #expect(
                error.code == .limitExceeded && error.message.contains("'id' has 1,080 values, of which there may be 1,000"), "\(error)")
        }
    }
}
