import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct BackfillScenarioTests {
        private static let project = """
            project: flights
            steps:
              slice:
                run: "echo $day > $rows"
                outputs: {rows: rows.txt}
                each: {day: {days: {from: 2013-01-01, to: 2013-01-10}}}
              table:
                run: "cat $days/* > $out"
                needs: {days: slice.rows}
                outputs: {out: out.txt}
            schedules:
              nightly: {cron: "0 3 * * *", zone: Europe/Berlin, run: [table]}

            """

        private func with(_ body: (Workplace) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                try Data(Self.project.utf8).write(to: URL(filePath: "\(folder)/martlet.yaml"))
                try await body(try Workplace(project: "\(folder)/martlet.yaml", home: "\(folder)/home"))
            }
        }

        @Test func `a preview runs nothing, and the backfill runs what it said`() async throws {
            try await with { place in
                let words = ["table", "--from", "2013-01-02", "--to", "2013-01-04"]
                for _ in 0..<2 {
                    let preview = try await place.command("backfill", ["--json", "--preview"] + words).run()
                    try #require(preview.status == 0, "\(preview.errors)")
                    let said = try JSONValue(parsing: preview.output, as: "the preview")
                    #expect(said["steps"] == ["slice"])
                    #expect(said["joining"] == "table")
                    #expect(said["partitions"]?.array?.map { $0["value"]?.string } == ["2013-01-02", "2013-01-03", "2013-01-04"])
                    #expect(said["unknown"] == 3)
                }
                let first = try await place.command("backfill", ["--json"] + words).run()
                #expect(try JSONValue(parsing: first.output, as: "the answer")["ran"] == 3)
                let second = try await place.command("backfill", ["--json"] + words).run()
                #expect(try JSONValue(parsing: second.output, as: "the answer")["fresh"] == 3)
                let text = try await place.command("backfill", ["table", "--to", "2013-01-02", "--preview"]).run()
                #expect(text.output.contains("2013-01-01"))
                #expect(text.output.contains("1 would run, 1 are fresh"))
            }
        }

        @Test func `schedules are told with their next times before they ever fired`() async throws {
            try await with { place in
                let rows = try await place.json("schedules")["schedules"]?.array
                #expect(rows?.map { $0["name"] } == ["nightly"])
                #expect(rows?.first?["next"]?.array?.count == 3)
                #expect(rows?.first?["last_fired"] == .null)
                let text = try await place.run("schedules")
                #expect(text.output.contains("schedule nightly"))
            }
        }
    }
}
