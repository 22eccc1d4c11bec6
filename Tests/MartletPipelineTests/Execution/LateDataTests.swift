import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct LateDataTests {
    private static let days = ["2024-05-01", "2024-05-02", "2024-05-03"]

    private func step(_ bench: PipelineBench, lifetime: Duration?, late: Set<String>) -> Step {
        var step = bench.step("slice")
        step.fanOuts = [FanOut(key: "day", values: .list(Self.days))]
        step.policy.lifetime = lifetime
        step.policy.late = ["day": late]
        return step
    }

    private func ran(_ bench: PipelineBench, _ step: Step, lateSince: Timestamp?) async throws -> [String] {
        var options = PipelineRunner.Options()
        options.lateSince = lateSince
        try await bench.run([step], options: options)
        return bench.ran.take().sorted()
    }

    @Test(arguments: [Duration.zero, .seconds(86_400)])
    func `a scheduled run looks again at the late partitions alone, by hand the lifetime counts`(lifetime: Duration) async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let step = step(bench, lifetime: lifetime, late: ["2024-05-03"])
            let all = Self.days.map { "slice[day=\($0)]" }
            let first = try await ran(bench, step, lateSince: .now)
            #expect(first == all, "what never ran runs, however old")
            let scheduled = try await ran(bench, step, lateSince: .now)
            #expect(scheduled == ["slice[day=2024-05-03]"])
            let byHand = try await ran(bench, step, lateSince: nil)
            #expect(byHand == (lifetime == .zero ? all : []))
        }
    }

    @Test func `a run that is begun again for the same time does not look twice`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let step = step(bench, lifetime: .zero, late: Set(Self.days))
            let nominal = Timestamp.now
            let first = try await ran(bench, step, lateSince: nominal)
            let again = try await ran(bench, step, lateSince: nominal)
            #expect(first.count == 3)
            #expect(again.isEmpty)
        }
    }

    @Test func `without late partitions a scheduled run takes all as they are`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let step = step(bench, lifetime: .zero, late: [])
            _ = try await ran(bench, step, lateSince: .now)
            let again = try await ran(bench, step, lateSince: .now)
            #expect(again.isEmpty)
        }
    }

    @Test func `a step that never expires, and one that is not of a range, are as in any run`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let lasting = step(bench, lifetime: nil, late: Set(Self.days))
            _ = try await ran(bench, lasting, lateSince: .now)
            let again = try await ran(bench, lasting, lateSince: .now)
            #expect(again.isEmpty)
            var always = bench.step("always")
            always.policy.lifetime = .zero
            for _ in 0..<2 {
                let ran = try await ran(bench, always, lateSince: .now)
                #expect(ran == ["always"])
            }
        }
    }

    @Test func `what may have come late is said to be the reason`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let step = step(bench, lifetime: .zero, late: ["2024-05-03"])
            _ = try await ran(bench, step, lateSince: .now)
            var options = PipelineRunner.Options()
            options.lateSince = .now
            let verdicts = try await bench.runner.explain(try StepGraph([step]), options: options)
            let reasons = verdicts.compactMap { if case .stale(let reasons) = $0.verdict { reasons } else { nil } }
            #expect(reasons == [["its data may have come late"]])
        }
    }
}
