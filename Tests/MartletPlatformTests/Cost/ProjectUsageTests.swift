import Foundation
import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectUsageTests {
    /// Some work, so that processor time is measured.
    private static let work = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"

    /// A step that works and one that fails after the same work.
    private static let steps = """
        project: small
        owner: data
        steps:
          good: {run: "\(work); echo 1 > $out", outputs: {out: o}, model: demand}
          bad: {run: "\(work); exit 1", owner: others, retry: {times: 1, wait: 0 s}}

        """

    private func platform(_ folder: String, _ rest: String = "") throws -> Platform {
        try Platform(project: try Project.parse(Self.steps + rest, file: "martlet.yaml", folder: folder), home: "\(folder)/home")
    }

    private func run(_ platform: Platform, _ steps: [String]) async throws {
        var request = RunRequest()
        request.steps = steps
        try await ProjectPipeline(platform).run(request) { _ in }
    }

    private func records(_ platform: Platform) async throws -> [UsageRecord] {
        let end = Timestamp.now + .seconds(1)
        return try await ProjectUsage(platform.project).records(platform.tracking().pipelines, from: end - .seconds(3_600), until: end)
    }

    @Test func `failed attempts count, and what was there is saved`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try platform(folder)
            await #expect(throws: MartletError.self) { try await run(platform, ["good", "bad"]) }
            try await run(platform, ["good"])
            let prices = try PriceTable(currency: "EUR", coreHour: 1)
            let report = CostReport(try await records(platform), by: .step, prices: prices)
            let lines = Dictionary(uniqueKeysWithValues: report.lines.map { ($0.name ?? "", $0) })
            let (good, bad) = (try #require(lines["good"]), try #require(lines["bad"]))
            #expect((good.runCount, good.cachedCount) == (1, 1))
            #expect((bad.runCount, bad.cachedCount) == (2, 0))
            #expect(good.cost > 0)
            #expect(bad.cost > 0)
            #expect(abs(good.saved - good.cost) < 1e-12)
        }
    }

    @Test func `whose cost it is, is told by the project as it is now`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try platform(folder)
            await #expect(throws: MartletError.self) { try await run(platform, []) }
            let records = try await records(platform)
            #expect(Set(records.map { "\($0.step) \($0.model ?? "–") \($0.owner ?? "–")" }) == ["good demand data", "bad – others"])
            var project = platform.project
            project.steps["good"]?.model = "supply"
            project.steps["bad"] = nil
            let (now, usage) = (Timestamp.now, ProjectUsage(project))
            #expect(usage.record("good", UsageAmount(), at: now).model == "supply")
            #expect(usage.record("bad", UsageAmount(), at: now).owner == nil)
        }
    }

    @Test func `a spent budget ends a run with what to do, and another owner's steps run`() async throws {
        try await withTemporaryFolder { folder in
            let money =
                "prices: {currency: EUR, core_hour: 1000}\nbudgets:\n  team: {of: owner, name: data, limit: 0.0000001, per: month, stop: true}\n"
            try await run(try platform(folder), ["good"])
            let platform = try platform(folder, money)
            // What is there needs no budget.
            try await run(platform, ["good"])
            var request = RunRequest()
            request.steps = ["good"]
            request.forced = ["good"]
            await #expect {
                try await ProjectPipeline(platform).run(request) { _ in }
            } throws: { error in
                (error as? MartletError)?.code == .limitExceeded && "\(error)".contains("raise budgets.team.limit")
            }
            let last = try #require(try await platform.tracking().pipelines.runs().first)
            #expect(last.state == .cancelled)
            #expect(last.message?.contains("budget 'team', owner 'data'") == true)
            let before = try await records(platform).count { $0.step == "bad" }
            await #expect(throws: MartletError.self) { try await run(platform, ["bad"]) }
            #expect(try await records(platform).count { $0.step == "bad" } == before + 2)
        }
    }

    @Test func `without budgets there is nothing to watch`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try platform(folder)
            let watch = try await ProjectUsage(platform.project).watch(platform.tracking().pipelines, steps: ["good"], at: .now)
            #expect(watch == nil)
        }
    }
}
