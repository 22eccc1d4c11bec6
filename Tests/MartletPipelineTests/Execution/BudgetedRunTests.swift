import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct BudgetedRunTests {
    /// A budget of 10 a month of which so much is spent, and estimates of 1 a step.
    private func options(spent: Double, stop: Bool = true, of: CostDimension = .project, name: String = "p") throws
        -> PipelineRunner.Options
    {
        let prices = try PriceTable(currency: "EUR", coreHour: 3_600)
        let now = Timestamp.now
        @Sendable func record(_ step: String, _ amount: UsageAmount, _ time: Timestamp) -> UsageRecord {
            UsageRecord(at: time, project: "p", pipeline: "p", step: step, amount: amount)
        }
        let budget = try Budget(key: "month", of: of, name: name, limit: 10, per: .month, warnAt: 0.8, stop: stop)
        var options = PipelineRunner.Options()
        options.budgets = BudgetWatch(
            [budget], prices: prices, spent: [record(name, UsageAmount(cpuSeconds: spent), now)],
            estimates: Dictionary(uniqueKeysWithValues: ["a", "b", "c"].map { ($0, UsageAmount(cpuSeconds: 1)) }), at: now
        ) { record($0.step, $1, $2) }
        return options
    }

    @Test func `a spent budget cancels what would begin, and says so in the record`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let outcome = try await bench.outcome(
                [bench.step("a"), bench.step("b", from: ["a"]), bench.step("c")], options: try options(spent: 10))
            #expect(bench.ran.all.isEmpty)
            #expect(outcome.steps.values.allSatisfy { $0 == .cancelled })
            #expect(outcome.stop?.contains("raise budgets.month.limit") == true)
            #expect(bench.heard.all.filter { $0.hasPrefix("warning") }.count == 1)
            let run = try #require(try await bench.records.runs().first)
            #expect(run.state == .cancelled)
            #expect(run.message == outcome.stop)
            #expect(try await bench.records.deadLetters().isEmpty)
        }
    }

    @Test func `what is fresh needs no budget`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            try await bench.run([bench.step("a")])
            let outcome = try await bench.outcome([bench.step("a")], options: try options(spent: 99))
            #expect(outcome.isGood)
            #expect(outcome.warnings.isEmpty)
        }
    }

    @Test func `a budget of one step stops that one and what reads it`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let outcome = try await bench.outcome(
                [bench.step("a"), bench.step("b", from: ["a"]), bench.step("c")], options: try options(spent: 10, of: .step, name: "a"))
            #expect(bench.ran.all == ["c"])
            #expect(outcome.steps[StepID("b")] == .cancelled)
        }
    }

    @Test func `a tolerant fan-out that is stopped is not in quarantine`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            var step = bench.step("a")
            step.fanOuts = [FanOut(key: "day", values: .list(["1", "2"]))]
            step.policy.tolerance = 0.5
            let outcome = try await bench.outcome([step], options: try options(spent: 10))
            #expect(outcome.steps.count == 2)
            #expect(outcome.steps.values.allSatisfy { $0 == .cancelled })
        }
    }

    @Test func `a warning is told once, recorded, and stops nothing`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let outcome = try await bench.outcome(
                [bench.step("a"), bench.step("b", from: ["a"])], options: try options(spent: 12, stop: false))
            #expect(bench.ran.all == ["a", "b"])
            #expect(outcome.isGood)
            #expect(outcome.warnings.count == 1)
            let run = try #require(try await bench.records.runs().first)
            #expect(run.state == .done)
            #expect(run.message == outcome.warnings.first)
        }
    }
}
