import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct BackfillTests {
    private static let text = """
        project: flights
        steps:
          slice:
            run: "echo $day > $rows"
            outputs: {rows: rows.txt}
            each: {day: {days: {from: 2013-01-01, to: 2013-01-10}}}
          join:
            run: "cat $rows > $out"
            needs: {rows: slice.rows}
            outputs: {out: out.txt}
            each: {day: {days: {from: 2013-01-01, to: 2013-01-10}}}
          table:
            run: "cat $days/* > $out"
            needs: {days: join.out}
            outputs: {out: out.txt}
          months:
            run: "echo $day $month > $out"
            outputs: {out: out.txt}
            each: {day: {days: {from: 2013-01-01, to: 2013-01-10}}, month: {months: {from: 2013-01, to: 2013-02}}}
          plain: {run: "true"}

        """

    private func with(_ body: (Platform, StepGraph) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try Data(Self.text.utf8).write(to: URL(filePath: "\(folder)/martlet.yaml"))
            let platform = try Platform(project: try Project.read(file: "\(folder)/martlet.yaml"), home: "\(folder)/home")
            try await body(platform, try ProjectPipeline(platform).graph())
            try await platform.tracking().database.close()
        }
    }

    @Test func `a step's own range is filled, both ends included`() async throws {
        try await with { platform, graph in
            let backfill = try Backfill("join", of: platform.project, in: graph, from: "2013-01-03", to: "2013-01-05", now: .now)
            #expect((backfill.steps, backfill.joining, backfill.key) == (["join"], nil, "day"))
            #expect(backfill.values == ["2013-01-03", "2013-01-04", "2013-01-05"])
            let request = backfill.request(isForced: true)
            #expect((request.steps, request.forced, request.cause.kind) == (["join"], ["join"], .backfill))
            #expect(request.selection == ["day": Set(backfill.values)])
            #expect(backfill.request(isForced: false).forced.isEmpty)
        }
    }

    @Test func `without bounds the whole range is filled, up to the last complete day`() async throws {
        try await with { platform, graph in
            let now = try #require(Timestamp("2013-01-04T12:00:00Z"))
            let all = try Backfill("slice", of: platform.project, in: graph, now: now)
            #expect(all.values == ["2013-01-01", "2013-01-02", "2013-01-03"])
            let tail = try Backfill("slice", of: platform.project, in: graph, from: "2013-01-03", now: now)
            #expect(tail.values == ["2013-01-03"])
        }
    }

    @Test func `of a step that joins, what it joins is filled`() async throws {
        try await with { platform, graph in
            let backfill = try Backfill("table", of: platform.project, in: graph, to: "2013-01-02", now: .now)
            #expect((backfill.steps, backfill.joining) == (["join"], "table"))
        }
    }

    @Test func `of several ranges one must be named`() async throws {
        try await with { platform, graph in
            let error = #expect(throws: MartletError.self) { try Backfill("months", of: platform.project, in: graph, now: .now) }
            #expect(error?.message == "step 'months' is fanned out by day, month; say which is meant with --key")
            let months = try Backfill("months", of: platform.project, in: graph, key: "month", now: .now)
            #expect(months.values == ["2013-01", "2013-02"])
        }
    }

    @Test func `what has no range, is not there or is not complete is refused`() async throws {
        try await with { platform, graph in
            func error(_ step: String, key: String? = nil, to end: String? = nil) -> MartletError.Code? {
                #expect(throws: MartletError.self) {
                    try Backfill(step, of: platform.project, in: graph, key: key, to: end, now: .now)
                }?.code
            }
            #expect(error("plain") == .invalidInput)
            #expect(error("join", key: "month") == .invalidInput)
            #expect(error("joint") == .notFound)
            #expect(error("join", to: "2013-01-11") == .invalidInput)
        }
    }

    @Test func `a preview says what would run, why, what is fresh and what nobody knows the time of`() async throws {
        try await with { platform, graph in
            let pipeline = ProjectPipeline(platform)
            let first = try Backfill("join", of: platform.project, in: graph, to: "2013-01-02", now: .now)
            let before = try await pipeline.preview(first)
            #expect(before.rows.map(\.value) == ["2013-01-01", "2013-01-02"])
            #expect(before.rows.first?.runs.map(\.id.step) == ["slice", "join"])
            #expect(before.rows.first?.runs.map(\.isOpen) == [false, true])
            #expect(before.rows.first?.runs.first?.reason == "it was not made yet")
            #expect((before.seconds, before.unknownCount) == (0, 4))
            try await pipeline.run(first.request(isForced: false), observe: { _ in })
            let more = try Backfill("join", of: platform.project, in: graph, to: "2013-01-03", now: .now)
            let after = try await pipeline.preview(more)
            #expect(after.rows.map { $0.fresh.count } == [2, 2, 0])
            #expect(after.runs.map(\.id.partition.values) == [["day": "2013-01-03"], ["day": "2013-01-03"]])
            #expect(after.unknownCount == 0)
            #expect(after.seconds > 0)
            let forced = try await pipeline.preview(first, isForced: true)
            #expect(forced.rows.map { $0.runs.map(\.id.step) } == [["join"], ["join"]])
            let run = try #require(try await platform.tracking().pipelines.runs().first)
            #expect(run.cause.kind == .backfill)
        }
    }
}
