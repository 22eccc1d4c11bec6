import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectLineageTests {
    /// The events that a home's file has, in order.
    private func events(_ platform: Platform) throws -> [JSONValue] {
        let text = try String(contentsOfFile: LineageFile(home: platform.home).path, encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONValue(parsing: String($0), as: "an event") }
    }

    /// An event as `START job[instance]`.
    private func words(_ event: JSONValue) -> String {
        let instance = event["run"]?["facets"]?["martlet_step"]?["instance"]?.string.map { "[\($0)]" } ?? ""
        return "\(event["eventType"]?.string ?? "") \(event["job"]?["name"]?.string ?? "")\(instance)"
    }

    private func output(_ name: String, _ events: [JSONValue]) throws -> JSONValue {
        try #require(events.flatMap { $0["outputs"]?.array ?? [] }.last { $0["name"]?.string == name && $0["facets"]?["version"] != nil })
    }

    /// `table.column TYPE` of all that a column comes from.
    private func sources(_ column: String, _ dataset: JSONValue) -> [String] {
        (dataset["facets"]?["columnLineage"]?["fields"]?[column]?["inputFields"]?.array ?? []).map { field in
            let words = (field["transformations"]?.array ?? []).compactMap { $0["subtype"]?.string }.joined(separator: "+")
            return "\(field["name"]?.string ?? "")/\(field["field"]?.string ?? "") \(words)"
        }
    }

    @Test func `a run begins and ends once, and so does each of its steps within it`() async throws {
        try await ReleasedProject.with { platform in
            let events = try events(platform)
            let jobs = ["dataset sales", "features shelf", "train demand", "gate demand", "release price"].map { "pricing.\($0)" }
            let expected = ["START pricing"] + jobs.flatMap { ["START \($0)", "COMPLETE \($0)"] } + ["COMPLETE pricing"]
            #expect(events.map(words) == expected)
            let run = events[0]["run"]?["runId"]
            #expect(events.dropFirst().dropLast().allSatisfy { $0["run"]?["facets"]?["parent"]?["run"]?["runId"] == run })
        }
    }

    @Test func `what was there already has no event`() async throws {
        try await ReleasedProject.with { platform in
            let before = try events(platform).count
            try await ProjectPipeline(platform).run { _ in }
            #expect(try events(platform).dropFirst(before).map(words) == ["START pricing", "COMPLETE pricing"])
        }
    }

    @Test func `a snapshot tells its columns, its figures and where they come from`() async throws {
        try await ReleasedProject.with { platform in
            let events = try events(platform)
            let snapshot = try output("sales", events)
            let columns = (snapshot["facets"]?["schema"]?["fields"]?.array ?? []).compactMap { $0["name"]?.string }
            #expect(columns.prefix(3) == ["store", "brand", "week"])
            #expect(snapshot["outputFacets"]?["outputStatistics"]?["rowCount"]?.int ?? 0 > 0)
            #expect(snapshot["facets"]?["dataQualityMetrics"]?["columnMetrics"]?["units"]?["nullCount"]?.int == 0)
            #expect(sources("price1", snapshot) == ["sales.csv/price1 IDENTITY"])
            #expect(snapshot["facets"]?["columnLineage"]?["martlet_unresolved"] == nil)
        }
    }

    @Test func `a view's columns come from the dataset's, through its select and its history`() async throws {
        try await ReleasedProject.with { platform in
            let events = try events(platform)
            let rows = try output("features shelf.rows", events)
            #expect(sources("feature", rows) == ["sales/feature IDENTITY"])
            #expect(sources("log_units", rows) == ["sales/units TRANSFORMATION"])
            #expect(
                Set(sources("mean_log_units_4", rows)) == [
                    "sales/units AGGREGATION", "sales/store WINDOW", "sales/brand WINDOW", "sales/week WINDOW",
                ])
            #expect(sources("last_cost", rows).contains("sales/cost IDENTITY"))
            let columns = Set((rows["facets"]?["schema"]?["fields"]?.array ?? []).compactMap { $0["name"]?.string })
            #expect(Set(rows["facets"]?["columnLineage"]?["fields"]?.object?.keys.map(\.self) ?? []) == columns)
            let input = try #require(events.last { words($0) == "COMPLETE pricing.features shelf" }?["inputs"]?.array?.first)
            #expect(input["name"] == "sales")
            #expect(
                input["facets"]?["version"]?["datasetVersion"] == (try output("sales", events))["facets"]?["version"]?["datasetVersion"])
        }
    }

    // MARK: Commands

    private func project(_ folder: String, _ steps: String) throws -> Platform {
        try Data("1\n".utf8).write(to: URL(filePath: "\(folder)/raw.csv"))
        let text = "project: small\nowner: data\nsteps:\n\(steps)"
        return try Platform(project: try Project.parse(text, file: "martlet.yaml", folder: folder), home: "\(folder)/home")
    }

    @Test func `commands tell files and outputs, with the digests that they had`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try project(
                folder,
                """
                  make: {run: "cat $raw > $table", inputs: {raw: raw.csv}, outputs: {table: t.csv}, each: {n: [1, 2]}}
                  join: {run: "cat $tables/* > $all", needs: {tables: make.table}, outputs: {all: a.csv}}
                """)
            var request = RunRequest()
            request.cause = RunCause(.schedule, name: "nightly", nominalTime: Timestamp(microseconds: 0))
            let outcome = try await ProjectPipeline(platform).run(request) { _ in }
            let events = try events(platform)
            #expect(
                Set(events.map(words)) == [
                    "START small", "COMPLETE small", "START small.make[n=1]", "COMPLETE small.make[n=1]", "START small.make[n=2]",
                    "COMPLETE small.make[n=2]", "START small.join", "COMPLETE small.join",
                ])
            let made = try #require(events.first { words($0) == "COMPLETE small.make[n=1]" })
            #expect(made["inputs"]?.array?.first?["name"] == "raw.csv")
            let execution = try #require(outcome.executions[StepID("make", StepPartition(["n": "1"]))])
            let table = try #require(made["outputs"]?.array?.first)
            #expect(table["name"] == "make.table")
            #expect(table["facets"]?["version"]?["datasetVersion"]?.string == execution.outputs["table"]?.description)
            #expect(made["run"]?["facets"]?["martlet_step"]?["reasons"] == ["it was not made yet"])
            #expect(made["run"]?["facets"]?["nominalTime"]?["nominalStartTime"]?.string?.hasPrefix("1970-01-01T00:00:00") == true)
            #expect(events.last?["job"]?["facets"]?["ownership"]?["owners"]?.array?.first?["name"] == "data")
        }
    }

    @Test func `a step that fails fails its run, and what it blocks has no event`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try project(
                folder,
                """
                  broken: {run: "exit 3", outputs: {table: t.csv}, retry: {times: 1, wait: 0 s}}
                  after: {run: "true", needs: {table: broken.table}}
                """)
            await #expect(throws: MartletError.self) { try await ProjectPipeline(platform).run { _ in } }
            let events = try events(platform)
            #expect(events.map(words) == ["START small", "START small.broken", "FAIL small.broken", "FAIL small"])
            for event in events.suffix(2) { #expect(event["run"]?["facets"]?["errorMessage"]?["message"]?.string?.contains("3") == true) }
        }
    }

    /// A sink that takes nothing.
    private struct Wall: LineageSink {
        let name = "the wall"
        let batchCountMax = 10

        func deliver(_ events: [JSONValue]) throws { throw MartletError(.unavailable, "no answer") }
    }

    @Test func `a sink that takes nothing is a warning`() async throws {
        try await withTemporaryFolder { folder in
            var platform = try project(folder, "  make: {run: \"true\"}\n")
            platform.lineageSinks = [Wall()]
            let warnings = Gathering<String>()
            try await ProjectPipeline(platform).run { event in if case .warning(let text) = event { warnings.add(text) } }
            #expect(warnings.all.count == 1)
            #expect(warnings.all[0].contains("4 of 4 events of lineage did not reach the wall"))
            #expect(try events(platform).count == 4)
        }
    }
}
