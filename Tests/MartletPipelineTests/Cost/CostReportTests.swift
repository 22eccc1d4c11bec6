import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct CostReportTests {
    static func prices() throws -> PriceTable {
        try PriceTable(currency: "EUR", coreHour: 0.04, memoryGiBHour: 0.005, acceleratorHour: 2, gibRead: 0.01, gibWritten: 0.02)
    }

    /// Records of a few names at random.
    static func records(seed: UInt64, count: Int = 200) -> [UsageRecord] {
        var random = SplitMix64(seed: seed)
        func name(_ names: [String]) -> String { names[random.index(below: names.count)] }
        return (0..<count).map { _ in
            UsageRecord(
                at: Timestamp(microseconds: Int64(random.index(below: 1_000)) * 1_000_000), project: name(["p", "q"]),
                pipeline: name(["a", "b"]), step: name(["x", "y", "z"]), model: random.index(below: 2) == 0 ? nil : name(["m", "n"]),
                owner: random.index(below: 3) == 0 ? nil : name(["o"]),
                amount: UsageAmount(
                    cpuSeconds: random.unit() * 1e4, memoryByteSeconds: random.unit() * 1e14, acceleratorSeconds: random.unit() * 100,
                    bytesRead: Int64(random.index(below: 1 << 40)), bytesWritten: Int64(random.index(below: 1 << 40))),
                cached: random.index(below: 4) == 0)
        }
    }

    @Test func `each amount has its price`() throws {
        let prices = try Self.prices()
        let gib = 1 << 30
        #expect(prices.cost(of: UsageAmount(cpuSeconds: 3_600)) == 0.04)
        #expect(prices.cost(of: UsageAmount(memoryByteSeconds: Double(gib) * 7_200)) == 0.01)
        #expect(prices.cost(of: UsageAmount(acceleratorSeconds: 1_800)) == 1)
        #expect(prices.cost(of: UsageAmount(bytesRead: Int64(gib))) == 0.01)
        #expect(prices.cost(of: UsageAmount(bytesWritten: Int64(gib))) == 0.02)
        #expect(prices.cost(of: UsageAmount()) == 0)
    }

    @Test(arguments: CostDimension.allCases, UInt64(0)..<8)
    func `the groups' sum is the total, whatever they are`(_ dimension: CostDimension, _ seed: UInt64) throws {
        let (records, prices) = (Self.records(seed: seed), try Self.prices())
        let report = CostReport(records, by: dimension, prices: prices)
        #expect(report.lines.map(\.runCount).reduce(0, +) == records.count { !$0.cached })
        #expect(report.lines.map(\.cachedCount).reduce(0, +) == records.count(where: \.cached))
        #expect(report.lines.map(\.used.bytesRead).reduce(0, +) == report.total.used.bytesRead)
        let alone = records.filter { !$0.cached }.reduce(0) { $0 + prices.cost(of: $1.amount) }
        for sum in [report.lines.map(\.cost).reduce(0, +), report.total.cost] { #expect(abs(sum - alone) <= 1e-9 * alone) }
        let spared = records.filter(\.cached).reduce(0) { $0 + prices.cost(of: $1.amount) }
        for sum in [report.lines.map(\.saved).reduce(0, +), report.total.saved] { #expect(abs(sum - spared) <= 1e-9 * spared) }
        // Prices are linear: what all used costs as much as all the costs.
        #expect(abs(prices.cost(of: report.total.used) - alone) <= 1e-9 * alone)
        #expect(report.lines.map(\.cost) == report.lines.map(\.cost).sorted(by: >))
        #expect(Set(report.lines.map(\.name)) == Set(records.map(dimension.name)))
    }

    @Test(arguments: UInt64(0)..<4)
    func `a line is what its records alone give`(_ seed: UInt64) throws {
        let (records, prices) = (Self.records(seed: seed), try Self.prices())
        for line in CostReport(records, by: .model, prices: prices).lines {
            #expect(CostReport(records.filter { $0.model == line.name }, by: .model, prices: prices).lines == [line])
        }
    }

    @Test(arguments: UInt64(0)..<4)
    func `two halves of time are the whole`(_ seed: UInt64) throws {
        let (records, prices) = (Self.records(seed: seed), try Self.prices())
        let middle = Timestamp(microseconds: 500_000_000)
        let late = CostReport(records, by: .step, since: middle, prices: prices).total
        let early = CostReport(records.filter { $0.at < middle }, by: .step, prices: prices).total
        let whole = CostReport(records, by: .step, prices: prices).total
        #expect(late.runCount + early.runCount == whole.runCount)
        #expect(late.cachedCount + early.cachedCount == whole.cachedCount)
        #expect(abs(late.cost + early.cost - whole.cost) <= 1e-9 * whole.cost)
        #expect(early.runCount > 0)
    }

    @Test func `a step that was not run costs nothing and saves what it had used`() throws {
        let record = UsageRecord(
            at: Timestamp(microseconds: 0), project: "p", pipeline: "a", step: "x", amount: UsageAmount(cpuSeconds: 3_600), cached: true)
        let total = CostReport([record], by: .project, prices: try Self.prices()).total
        #expect(total.cost == 0)
        #expect(total.saved == 0.04)
        #expect(total.used == UsageAmount())
    }

    @Test func `what has no name comes after equal ones and no record is no line`() throws {
        let time = Timestamp(microseconds: 0)
        let records = [nil, "n", "m"].map {
            UsageRecord(at: time, project: "p", pipeline: "a", step: "x", model: $0, amount: UsageAmount(cpuSeconds: 1))
        }
        #expect(CostReport(records, by: .model, prices: try Self.prices()).lines.map(\.name) == ["m", "n", nil])
        #expect(CostReport([], by: .model, prices: try Self.prices()).lines.isEmpty)
    }

    @Test(arguments: [(4.1, "4.10 EUR"), (0, "0.00 EUR"), (0.000_123, "0.00012 EUR"), (1_234.567, "1234.57 EUR"), (-0.05, "-0.050 EUR")])
    func `money is written to two places or two digits`(_ amount: Double, _ text: String) throws {
        #expect(try Self.prices().text(amount) == text)
    }

    @Test(arguments: [-1.0, .nan, .infinity]) func `a price is a number that is not negative`(_ price: Double) {
        #expect {
            try PriceTable(currency: "EUR", coreHour: price)
        } throws: { "\($0)".contains("prices.core_hour") }
        #expect(throws: MartletError.self) { try PriceTable(currency: "") }
    }
}
