import MartletCore
import Testing

@testable import MartletRollout

@Suite struct CandidateTests {
    private func situation(_ low: Double, _ high: Double) throws -> PricePolicy.Situation {
        try PricePolicy.Situation(historicRange: low...high, today: low, cost: 0)
    }

    @Test(arguments: [(2.0, 3.0), (0.01, 0.02), (1.99, 1.99), (0.5, 250), (3, 99_999)])
    func `candidates are as many as asked, ascending, at least one tick and whole ticks`(low: Double, high: Double)
        throws
    {
        for count in [2, 3, 40, 250, 10_000] {
            let policy = PricePolicy(candidateCount: count)
            let prices = policy.candidates(for: try situation(low, high))
            #expect(prices.count == count)
            #expect(zip(prices, prices.dropFirst()).allSatisfy { $0 < $1 })
            #expect(prices.allSatisfy { $0 >= 0.01 && $0 == ($0 * 100).rounded() / 100 })
        }
    }

    @Test(arguments: [0.05, 0.25, 0.5, 1, 0.001]) func `a price is a whole number of any tick`(tick: Double) throws {
        let prices = PricePolicy(candidateCount: 100, tick: tick).candidates(for: try situation(2, 3))
        #expect(prices.allSatisfy { abs($0 / tick - ($0 / tick).rounded()) < 1e-9 })
    }

    @Test func `every tick of a narrow range is a candidate, and as many beyond it on both sides`() throws {
        // 2.05 / 0.01 is a little below 205 in binary; it is 205 ticks all the same.
        let prices = PricePolicy(candidateCount: 23).candidates(for: try situation(1.95, 2.05))
        #expect(prices.first == 1.89)
        #expect(prices.last == 2.11)
        let even = PricePolicy(candidateCount: 22).candidates(for: try situation(1.95, 2.05))
        #expect(even.first == 1.90)
    }

    @Test(arguments: 0...9, [(1.0, 9.0), (1.03, 47.11), (0.02, 999), (5, 12_345), (1, 9_999_999)])
    func `a wide grid has prices of the allowed ending inside the range`(ending: Int, range: (Double, Double)) throws {
        let policy = PricePolicy(candidateCount: 40, endings: [ending])
        let situation = try PricePolicy.Situation(historicRange: range.0...range.1, today: range.0, cost: 0)
        let allowed = policy.candidates(for: situation).filter { policy.refusal(of: $0, in: situation) == nil }
        #expect(!allowed.isEmpty, "ending \(ending), range \(range)")
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `candidates reach over the historic range`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let low = (random.unit() * 1_000).rounded() / 100 + 0.01
        let high = low + (random.unit() * 50_000).rounded() / 100
        let policy = PricePolicy(candidateCount: 10 + random.index(below: 300), endings: seed % 2 == 0 ? [9] : [])
        let prices = policy.candidates(for: try situation(low, high))
        let stride = try #require(prices.dropFirst().first) - prices[0]
        #expect(prices[0] < low + stride)
        #expect(try #require(prices.last) > high - stride)
    }
}

@Suite struct GuardrailTests {
    private let situation: PricePolicy.Situation

    init() throws {
        situation = try PricePolicy.Situation(historicRange: 1.1...3.3, today: 2, cost: 1.9)
    }

    @Test(
        arguments: [
            (1.1, nil), (3.3, nil), (1.1 + 0.1 + 0.1 - 0.2, nil), (1.1 * 3, nil), (1.09, .historicRange),
            (3.31, .historicRange),
            (1, .historicRange),
        ] as [(Double, PricePolicy.Guardrail?)])
    func `the historic range holds with its ends, whatever the binary noise`(
        price: Double, refusal: PricePolicy.Guardrail?
    ) {
        #expect(PricePolicy().refusal(of: price, in: situation.costing(0)) == refusal)
    }

    @Test(
        arguments: [
            (2.0, nil), (1.99, .margin), (2.01, nil), (1.9 / 0.95, nil), (0.1 * 20, nil),
        ] as [(Double, PricePolicy.Guardrail?)])
    func `a price that leaves exactly the least margin is allowed`(price: Double, refusal: PricePolicy.Guardrail?) {
        #expect(PricePolicy(marginMin: 0.05).refusal(of: price, in: situation) == refusal)
    }

    @Test(arguments: [(1.4, 1.33), (2.6, 2.47), (3.0, 2.85)])
    func `five percent of margin are enough where binary fractions fall a little short`(price: Double, cost: Double) {
        #expect(price - cost < 0.05 * price)
        #expect(PricePolicy(marginMin: 0.05).refusal(of: price, in: situation.costing(cost)) == nil)
    }

    @Test(
        arguments: [
            (1.6, nil), (2.4, nil), (2 * 1.2, nil), (2 * 0.8, nil), (1.59, .step), (2.41, .step),
        ] as [(Double, PricePolicy.Guardrail?)])
    func `a step of exactly the largest change is allowed`(price: Double, refusal: PricePolicy.Guardrail?) {
        #expect(PricePolicy(stepMax: 0.2).refusal(of: price, in: situation.costing(0)) == refusal)
    }

    @Test(
        arguments: [
            (1.99, nil), (2.29, nil), (2.19 + 0.1, nil), (2.28, .ending), (2.3, .ending), (2.95, nil),
        ] as [(Double, PricePolicy.Guardrail?)])
    func `a price ends in an allowed digit`(price: Double, refusal: PricePolicy.Guardrail?) {
        #expect(PricePolicy(endings: [9, 5]).refusal(of: price, in: situation.costing(0)) == refusal)
    }

    @Test func `no largest change allows any`() {
        #expect(PricePolicy(stepMax: nil).refusal(of: 3.3, in: situation) == nil)
    }

    @Test func `a largest change of nothing allows today's price alone`() {
        let policy = PricePolicy(stepMax: 0)
        #expect(policy.refusal(of: 2, in: situation) == nil)
        #expect(policy.refusal(of: 2.01, in: situation) == .step)
    }

    @Test(arguments: [
        (0.0, 1.0, 1.0), (1, 0, 1), (1, -1, 1), (1, 1, -0.01), (1, .nan, 1), (1, 1, .nan), (1, .infinity, 1),
        (1, 1, .infinity),
    ])
    func `a situation without sense is refused`(low: Double, today: Double, cost: Double) {
        let error = #expect(throws: MartletError.self) {
            try PricePolicy.Situation(historicRange: low...5, today: today, cost: cost)
        }
        #expect(error?.code == .invalidInput)
    }
}

extension PricePolicy.Situation {
    fileprivate func costing(_ cost: Double) -> PricePolicy.Situation {
        var changed = self
        changed.cost = cost
        return changed
    }
}
