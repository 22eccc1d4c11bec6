import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct BudgetWatchTests {
    private let prices: PriceTable
    private let noon: Timestamp

    init() throws {
        // A core second costs 1.
        prices = try PriceTable(currency: "EUR", coreHour: 3_600)
        noon = try #require(Timestamp("2024-03-15T12:00:00Z"))
    }

    private func budget(_ key: String = "month", limit: Double = 10, of: CostDimension = .project, _ name: String = "p", stop: Bool = true)
        throws -> Budget
    {
        try Budget(key: key, of: of, name: name, limit: limit, per: .day, warnAt: 0.5, stop: stop)
    }

    private func watch(_ budgets: [Budget], spent: Double = 0, estimates: [String: Double] = [:]) -> BudgetWatch {
        let before = UsageRecord(at: noon, project: "p", pipeline: "p", step: "before", amount: UsageAmount(cpuSeconds: spent))
        return BudgetWatch(
            budgets, prices: prices, spent: [before], estimates: estimates.mapValues { UsageAmount(cpuSeconds: $0) }, at: noon
        ) { id, amount, time in UsageRecord(at: time, project: "p", pipeline: "p", step: id.step, amount: amount) }
    }

    private func used(_ amount: Double) -> UsageAmount { UsageAmount(cpuSeconds: amount) }

    @Test func `it warns once, and stops what would begin once the limit is spent`() throws {
        var watch = watch([try budget()])
        #expect(watch.begins(StepID("a"), at: noon) == BudgetWatch.Finding(warnings: [], stop: nil))
        #expect(watch.ended(StepID("a"), used(5), at: noon).count == 1)
        #expect(watch.begins(StepID("b"), at: noon) == BudgetWatch.Finding(warnings: [], stop: nil))
        #expect(watch.ended(StepID("b"), used(5), at: noon).isEmpty)
        let stopped = watch.begins(StepID("c"), at: noon)
        #expect(stopped.stop?.contains("'month', project 'p': 10.00 EUR spent of 10.00 EUR a day") == true)
        #expect(stopped.warnings == [try #require(stopped.stop)])
        let again = watch.begins(StepID("d"), at: noon)
        #expect(again.stop != nil)
        #expect(again.warnings.isEmpty, "it was told")
    }

    @Test func `what runs counts as spent, and what was stopped does not`() throws {
        var watch = watch([try budget()], spent: 4, estimates: ["long": 5, "short": 1, "tiny": 0.5])
        #expect(watch.begins(StepID("long"), at: noon).stop == nil)
        #expect(watch.begins(StepID("short"), at: noon).stop?.contains("6.00 EUR about to be") == true)
        #expect(watch.begins(StepID("tiny"), at: noon).stop == nil)
        // It took less than was thought.
        _ = watch.ended(StepID("long"), used(1), at: noon)
        #expect(watch.begins(StepID("short"), at: noon).stop == nil)
    }

    @Test func `a step that no budget covers begins, whatever is spent`() throws {
        var watch = watch([try budget(of: .step, "a")])
        _ = watch.ended(StepID("a"), used(11), at: noon)
        #expect(watch.begins(StepID("b"), at: noon) == BudgetWatch.Finding(warnings: [], stop: nil))
        #expect(watch.begins(StepID("a", StepPartition(["day": "1"])), at: noon).stop != nil)
    }

    @Test func `one that does not stop warns once beyond its limit`() throws {
        var watch = watch([try budget(stop: false)], spent: 20)
        let first = watch.begins(StepID("a"), at: noon)
        #expect(first.stop == nil)
        #expect(first.warnings.count == 1)
        #expect(watch.begins(StepID("b"), at: noon).warnings.isEmpty)
    }

    @Test func `a period that ends during a run begins anew`() throws {
        var watch = watch([try budget()], spent: 20)
        let tomorrow = noon + .seconds(43_200)
        #expect(watch.begins(StepID("a"), at: tomorrow - .microseconds(1)).stop != nil)
        #expect(watch.begins(StepID("a"), at: tomorrow).stop == nil)
        #expect(watch.ended(StepID("a"), used(6), at: tomorrow).count == 1, "it warns anew")
    }

    @Test(arguments: UInt64(0)..<20)
    func `with true estimates nothing is ever spent beyond the limit, and what fits begins`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let costs = Dictionary(uniqueKeysWithValues: (0..<8).map { ("s\($0)", Double(random.index(below: 400)) / 100) })
        var watch = watch([try budget()], estimates: costs)
        var (running, spent): ([String], Double) = ([], 0)
        for _ in 0..<100 {
            if random.index(below: 2) == 0, let name = running.popLast() {
                spent += costs[name] ?? 0
                _ = watch.ended(StepID(name), used(costs[name] ?? 0), at: noon)
            } else if let name = costs.keys.sorted().filter({ !running.contains($0) }).randomElement(using: &random) {
                let held = running.reduce(spent) { $0 + (costs[$1] ?? 0) }
                let mayBegin = watch.begins(StepID(name), at: noon).stop == nil
                // Sums in another order differ in their last digits.
                if abs(held + (costs[name] ?? 0) - 10) > 1e-6 { #expect(mayBegin == (held + (costs[name] ?? 0) < 10), "seed \(seed)") }
                if mayBegin { running.append(name) }
            }
        }
        #expect(running.reduce(spent) { $0 + (costs[$1] ?? 0) } <= 10 + 1e-6)
    }
}
