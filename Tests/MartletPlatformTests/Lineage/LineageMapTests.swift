import Foundation
import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct LineageMapTests {
    private static let steps = """
        project: small
        steps:
          fetch: {run: "true", inputs: {raw: raw.csv}, outputs: {table: t.csv, list: l.json}}
          check: {run: "true", needs: {table: fetch.table}, outputs: {passed: p.json}}
          clean: {run: "true", needs: {table: fetch.table}, outputs: {rows: r.csv}, when: check.passed}
          count: {run: "true", inputs: {settings: raw.csv}, each: {part: fetch.list}}
        """

    private func withMap(_ body: (LineageMap) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try Data("1\n".utf8).write(to: URL(filePath: "\(folder)/raw.csv"))
            let platform = try Platform(
                project: try Project.parse(Self.steps, file: "martlet.yaml", folder: folder), home: "\(folder)/home")
            try body(LineageMap(platform.project, try ProjectPipeline(platform).graph()))
        }
    }

    @Test func `a step comes from files and from the outputs that it reads`() throws {
        try withMap { map in
            let subject = try map.subject("clean")
            #expect(
                LineageTree.lines(of: map.sources(of: subject)) == [
                    "├─ fetch  (table)", "│  └─ raw.csv", "└─ check  (when passed)", "   └─ fetch  (table)  ↑",
                ])
            #expect(map.dependents(of: subject).isEmpty)
        }
    }

    @Test func `an output is needed by those that read it, and no other`() throws {
        try withMap { map in
            let (list, table) = (try map.subject("fetch.list"), try map.subject("fetch.table"))
            #expect(map.dependents(of: list).map(\.lines) == [["count  (each part of list)"]])
            #expect(
                LineageTree.lines(of: map.dependents(of: table)) == [
                    "├─ check  (table)", "│  └─ clean  (when passed)", "└─ clean  (table)  ↑",
                ])
        }
    }

    @Test func `a file is needed by all steps that read it, under whatever name`() throws {
        try withMap { map in
            let file = try map.subject("raw.csv")
            #expect(map.sources(of: file).isEmpty)
            #expect(
                LineageTree.lines(of: map.dependents(of: file)) == [
                    "├─ fetch  (as raw)", "│  ├─ check  (table)", "│  │  └─ clean  (when passed)", "│  ├─ clean  (table)  ↑",
                    "│  └─ count  (each part of list)", "└─ count  (as settings)  ↑",
                ])
        }
    }

    @Test func `what is not there is told with what is meant`() throws {
        try withMap { map in
            #expect {
                try map.subject("claen")
            } throws: { "\($0)".contains("did you mean 'clean'?") }
        }
    }

    // MARK: Columns

    @Test func `a column of a dataset is needed by the view's columns and by the model`() async throws {
        try await ReleasedProject.with { platform in
            let columns = try await ColumnMap(platform)
            let units = try #require(try columns.column("sales.units"))
            let lines = LineageTree.lines(of: columns.dependents(of: units))
            #expect(lines.contains { $0.contains("shelf: mean_log_units_4  (aggregation)") })
            #expect(lines.contains { $0.contains("model demand: prediction") })
            #expect(columns.sources(of: units) == [LineageTree("sales.csv: units", note: "identity")])
            #expect(columns.notes.isEmpty)
        }
    }

    @Test func `a formula comes from the source's columns`() async throws {
        try await ReleasedProject.with { platform in
            let columns = try await ColumnMap(platform)
            let formula = try #require(try columns.column("shelf.log_price"))
            let lines = LineageTree.lines(of: columns.sources(of: formula))
            #expect(lines.contains { $0.contains("sales: price1") })
            #expect(lines.contains { $0.contains("sales.csv: price1  (identity)") })
            let source = try #require(try columns.column("sales.csv.price1"))
            #expect(LineageTree.lines(of: columns.dependents(of: source)).contains { $0.contains("shelf: log_price") })
        }
    }

    @Test func `a column that a table does not have is told with the nearest`() async throws {
        try await ReleasedProject.with { platform in
            let columns = try await ColumnMap(platform)
            #expect {
                try columns.column("sales.unit")
            } throws: { "\($0)".contains("did you mean 'units'?") }
            #expect(try columns.column("nowhere.units") == nil)
        }
    }
}
