import Foundation
import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct BudgetTests {
    /// 1.00 a core hour, so that a second's cost is easily told.
    private let prices: PriceTable
    private let newYork: TimeZone

    init() throws {
        prices = try PriceTable(currency: "EUR", coreHour: 1)
        newYork = try #require(TimeZone(identifier: "America/New_York"))
    }

    private static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    private func spent(_ amount: Double, at time: Timestamp, model: String? = "demand", cached: Bool = false) -> UsageRecord {
        UsageRecord(
            at: time, project: "p", pipeline: "a", step: "x", model: model, amount: UsageAmount(cpuSeconds: amount * 3_600), cached: cached)
    }

    private func budget(_ per: Budget.Period = .month, zone: TimeZone = .gmt, stop: Bool = true) throws -> Budget {
        try Budget(key: "models", of: .model, name: "demand", limit: 5, per: per, zone: zone, stop: stop)
    }

    @Test(arguments: [(3.9, "within"), (4.0, "warn"), (4.99, "warn"), (5.0, "stop"), (9.0, "stop")])
    func `it warns from its share on and stops at its limit`(_ amount: Double, _ word: String) throws {
        let now = try Self.time("2024-03-15T12:00:00Z")
        let verdict = try budget().verdict([spent(amount, at: now)], prices: prices, at: now)
        #expect("\(verdict)".hasPrefix(word))
    }

    @Test func `one that does not stop warns beyond its limit`() throws {
        let now = try Self.time("2024-03-15T12:00:00Z")
        let verdict = try budget(stop: false).verdict([spent(6, at: now)], prices: prices, at: now)
        #expect(
            verdict
                == .warn(
                    share: 1.2,
                    message: "budget 'models', model 'demand': 6.00 EUR spent of 5.00 EUR a month (120% since 2024-03-01T00:00:00.000000Z)")
        )
    }

    @Test func `what is about to be spent counts and is told`() throws {
        let now = try Self.time("2024-03-15T12:00:00Z")
        let verdict = try budget().verdict([spent(4.5, at: now)], planned: 0.5, prices: prices, at: now)
        guard case .stop(let share, let message) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(share == 1)
        #expect(message.contains("0.50 EUR about to be"))
        #expect(message.hasSuffix("until 2024-04-01T00:00:00.000000Z: wait, or raise budgets.models.limit"))
    }

    @Test func `others' costs, other months' and what was not run do not count`() throws {
        let now = try Self.time("2024-03-15T12:00:00Z")
        let records = [
            spent(9, at: now, model: "other"), spent(9, at: now, model: nil), spent(9, at: now, cached: true),
            spent(9, at: try Self.time("2024-02-29T23:59:59Z")), spent(9, at: try Self.time("2024-04-01T00:00:00Z")),
            spent(1, at: try Self.time("2024-03-01T00:00:00Z")),
        ]
        #expect(try budget().verdict(records, prices: prices, at: now) == .within(share: 0.2))
    }

    @Test func `a day is the zone's, with as many hours as it has`() throws {
        let budget = try budget(.day, zone: newYork)
        // The clocks go forward on 2024-03-10 and back on 2024-11-03.
        for (day, start, hours) in [("2024-03-10", "05", 23.0), ("2024-11-03", "04", 25), ("2024-07-01", "04", 24)] {
            let period = budget.interval(at: try Self.time("\(day)T15:00:00Z"))
            #expect(period.start == (try Self.time("\(day)T\(start):00:00Z")))
            #expect(period.end - period.start == .seconds(hours * 3_600))
        }
    }

    @Test func `a week begins on Monday`() throws {
        let period = try budget(.week).interval(at: try Self.time("2024-03-03T23:59:59.999999Z"))
        #expect(period.start == (try Self.time("2024-02-26")))
        #expect(period.end == (try Self.time("2024-03-04")))
    }

    @Test(arguments: Budget.Period.allCases, UInt64(0)..<10)
    func `every time is in the period of its own and periods have no gaps`(_ per: Budget.Period, _ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let budget = try budget(per, zone: newYork)
        for _ in 0..<20 {
            let time = Timestamp(
                microseconds: Int64(random.index(below: 2_000_000_000)) * 1_000_000 + Int64(random.index(below: 1_000_000)))
            let period = budget.interval(at: time)
            #expect(period.start <= time)
            #expect(time < period.end)
            #expect(budget.interval(at: period.end).start == period.end)
            #expect(budget.interval(at: period.start) == period)
        }
    }

    @Test(arguments: [(0.0, 0.8), (-1, 0.8), (.nan, 0.8), (5, 1.5), (5, -0.1)])
    func `a limit is above 0 and a share is one`(_ limit: Double, _ warnAt: Double) {
        #expect {
            try Budget(key: "models", of: .owner, name: "o", limit: limit, per: .day, warnAt: warnAt)
        } throws: { "\($0)".contains("budgets.models.") }
    }
}
