import MartletCore
import Testing

@testable import MartletRollout

@Suite struct PriceDecisionTests {
    private func situation(
        _ range: ClosedRange<Double> = 1...3, today: Double = 2, cost: Double = 1
    ) throws -> PricePolicy.Situation {
        try PricePolicy.Situation(historicRange: range, today: today, cost: cost)
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `the decision is the best of all allowed candidates`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let policy = PricePolicy(
            candidateCount: 60, marginMin: random.unit() * 0.2, stepMax: random.unit() < 0.5 ? 0.3 : nil,
            endings: random.unit() < 0.5 ? [9, 5, 0] : []
        )
        let situation = try situation(1.8...2.2, today: 2, cost: 1 + random.unit() / 2)
        let prices = policy.candidates(for: situation)
        let units = prices.map { _ in (random.unit() * 20).rounded() }
        var best: Int?
        for row in prices.indices where policy.refusal(of: prices[row], in: situation) == nil {
            let profit = units[row] * (prices[row] - situation.cost)
            // Strictly more: so the lower price wins among equals.
            if best.map({ profit > units[$0] * (prices[$0] - situation.cost) }) ?? true { best = row }
        }
        let expected = try #require(best)
        let decision = try policy.decide(candidates: prices, units: units, in: situation)
        #expect(decision.chosen.price == prices[expected])
        #expect(decision.chosen.profit == units[expected] * (prices[expected] - situation.cost))
        #expect(decision.allowedCount + decision.refusals.values.reduce(0, +) == decision.candidateCount)
        #expect(decision.propensity == 1)
    }

    @Test func `among equal profits the lower price is taken`() throws {
        let decision = try PricePolicy().decide(candidates: [1.5, 2, 3], units: [8, 4, 2], in: situation())
        #expect(decision.chosen.price == 1.5)
        #expect(decision.runnerUp?.price == 2)
    }

    @Test func `the runner-up is the best allowed one beside the chosen`() throws {
        let decision = try PricePolicy(endings: [9]).decide(
            candidates: [1.99, 2.5, 2.59, 2.69], units: [10, 100, 9, 5], in: situation()
        )
        #expect(decision.chosen.price == 2.59)
        #expect(decision.runnerUp?.price == 1.99)
        #expect(decision.unguarded.price == 2.5)
    }

    @Test func `a single allowed price has no runner-up`() throws {
        let decision = try PricePolicy(stepMax: 0).decide(
            candidates: [1.99, 2, 2.01], units: [1, 1, 1], in: situation())
        #expect(decision.chosen.price == 2)
        #expect(decision.runnerUp == nil)
    }

    @Test func `the sentence says what kept the better price away`() throws {
        let decision = try PricePolicy(stepMax: 0.1).decide(
            candidates: [2, 2.2, 2.9], units: [10, 10, 10], in: situation())
        #expect(
            decision.reason
                == "highest expected profit of 2 allowed prices; 2.9 would be expected to earn more but is further from today's 2.0 than one step may be"
        )
    }

    @Test func `where nothing is allowed the refusal counts what refused`() throws {
        let policy = PricePolicy(marginMin: 0.5, stepMax: 0.1, endings: [9])
        let situation = try situation(1...3, today: 2.5, cost: 1)
        let error = #expect(throws: MartletError.self) {
            try policy.decide(candidates: [0.5, 1.5, 1.6, 2.2, 2.5], units: [1, 1, 1, 1, 1], in: situation)
        }
        #expect(error?.code == .gateRefused)
        #expect(
            error?.message
                == "none of 5 candidate prices is allowed (historic_range refuses 1, margin refuses 2, step refuses 1, ending refuses 1); keep today's price 2.5 or widen the guardrails"
        )
    }

    // MARK: Numbers that are none

    @Test func `a price whose units are no number is never the best`() throws {
        let decision = try PricePolicy().decide(
            candidates: [1.5, 2, 2.5], units: [.nan, 3, .infinity], in: situation())
        #expect(decision.chosen.price == 2)
        #expect(decision.unguarded.price == 2)
    }

    @Test func `a price whose units are no number is never tried out either`() throws {
        for step in 0..<20 {
            let decision = try PricePolicy(exploration: 1).decide(
                candidates: [1.5, 2, 2.5, 2.6], units: [.nan, 3, 4, .nan], in: situation(),
                random: (0, Double(step) / 20)
            )
            #expect(decision.chosen.profit.isFinite)
            #expect(decision.propensity == 0.5)
        }
    }

    @Test func `units that are all no numbers are refused, and no guardrail is blamed`() throws {
        let situation = try situation()
        let error = #expect(throws: MartletError.self) {
            try PricePolicy().decide(candidates: [1.5, 2], units: [.nan, .nan], in: situation)
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("expected units") == true)
    }

    // MARK: Exploration

    @Test(arguments: [0, 0.1, 0.5, 1]) func `propensities over the allowed prices sum to one`(exploration: Double)
        throws
    {
        let policy = PricePolicy(endings: [9], exploration: exploration)
        let situation = try situation()
        let prices = policy.candidates(for: situation)
        let units = prices.map { 10 - $0 }
        let allowed = prices.filter { policy.refusal(of: $0, in: situation) == nil }
        var propensity: [Double: Double] = [:]
        for position in allowed.indices {
            let random = (0.0, (Double(position) + 0.5) / Double(allowed.count))
            let decision = try policy.decide(candidates: prices, units: units, in: situation, random: random)
            propensity[decision.chosen.price] = decision.propensity
        }
        let best = try policy.decide(candidates: prices, units: units, in: situation, random: (1, 0))
        propensity[best.chosen.price] = best.propensity
        #expect(abs(propensity.values.reduce(0, +) - 1) < 1e-12)
        #expect(propensity.count == (exploration == 0 ? 1 : allowed.count))
    }

    @Test func `prices are chosen as often as their propensities say`() throws {
        let policy = PricePolicy(exploration: 0.3)
        let prices = [1.5, 2, 2.5, 3]
        var random = SplitMix64(seed: 11)
        var counts: [Double: Double] = [:]
        var propensity: [Double: Double] = [:]
        let draws = 20_000.0
        for _ in 0..<Int(draws) {
            let decision = try policy.decide(
                candidates: prices, units: [4, 4, 4, 1], in: situation(), random: (random.unit(), random.unit())
            )
            counts[decision.chosen.price, default: 0] += 1
            propensity[decision.chosen.price] = decision.propensity
        }
        for price in prices {
            let share = try #require(propensity[price])
            // Four standard deviations of a share.
            #expect(abs(counts[price, default: 0] / draws - share) < 4 * (share * (1 - share) / draws).squareRoot())
        }
    }

    @Test func `without exploration the random numbers change nothing`() throws {
        let decision = try PricePolicy().decide(candidates: [1.5, 2], units: [1, 9], in: situation(), random: (0, 0))
        #expect(decision.chosen.price == 2)
        #expect(!decision.explored)
    }

    @Test func `the answer as JSON has what a client needs`() throws {
        let decision = try PricePolicy(endings: [9]).decide(candidates: [1.99, 2.5], units: [10, 10], in: situation())
        #expect(
            decision.json == [
                "price": 1.99, "expected_units": 10.0, "expected_profit": .number(10 * (1.99 - 1)), "runner_up": nil,
                "without_guardrails": ["price": 2.5, "expected_units": 10.0, "expected_profit": 15.0],
                "candidates": 2, "allowed": 1, "refused": ["ending": 1], "propensity": 1.0, "explored": false,
                "why":
                    "highest expected profit of 1 allowed prices; 2.5 would be expected to earn more but ends in a digit that is not allowed",
            ]
        )
    }
}
