public import MartletCore

/// The price that a policy chose, and why.
public struct PriceDecision: Sendable, Equatable {
    /// A price with what it is expected to bring.
    public struct Candidate: Sendable, Equatable {
        /// The price, in currency.
        public let price: Double
        /// Expected units sold.
        public let units: Double
        /// Expected profit: `units × (price − cost)`.
        public let profit: Double

        var json: JSONValue {
            ["price": .number(price), "expected_units": JSONValue(finite: units), "expected_profit": JSONValue(finite: profit)]
        }
    }

    /// The price to charge.
    public let chosen: Candidate
    /// The best allowed candidate other than the chosen one; `nil` where there is none.
    public let runnerUp: Candidate?
    /// The best candidate if there were no guardrails.
    public let unguarded: Candidate
    /// How many candidates were scored.
    public let candidateCount: Int
    /// How many candidates were allowed.
    public let allowedCount: Int
    /// How many candidates each guardrail refused; a candidate counts for the first that does.
    public let refusals: [PricePolicy.Guardrail: Int]
    /// The probability with which this policy chooses this price in this situation; (0, 1].
    public let propensity: Double
    /// Whether the choice was made to explore.
    public let explored: Bool
    /// Why this price, in a sentence.
    public let reason: String

    /// The decision as the API answers it.
    public var json: JSONValue {
        [
            "price": .number(chosen.price),
            "expected_units": JSONValue(finite: chosen.units),
            "expected_profit": JSONValue(finite: chosen.profit),
            "runner_up": runnerUp?.json ?? .null,
            "without_guardrails": unguarded.json,
            "candidates": .integer(Int64(candidateCount)),
            "allowed": .integer(Int64(allowedCount)),
            "refused": .object(Dictionary(uniqueKeysWithValues: refusals.map { ($0.key.rawValue, .integer(Int64($0.value))) })),
            "propensity": .number(propensity),
            "explored": .boolean(explored),
            "why": .string(reason),
        ]
    }
}

extension PricePolicy {
    /// Chooses among candidates.
    /// - Parameters:
    ///   - candidates: prices, ascending.
    ///   - units: expected units at each, at least 0.
    ///   - random: two numbers in [0, 1) that decide whether and where to explore; ignored where `exploration` is 0.
    /// - Throws: `gateRefused` where every candidate is refused, `corrupt` where no allowed one has a number of units.
    public func decide(
        candidates: [Double], units: [Double], in situation: Situation, random: (Double, Double) = (1, 0)
    ) throws -> PriceDecision {
        precondition(candidates.count == units.count)
        let scored = zip(candidates, units).map { price, units in
            PriceDecision.Candidate(price: price, units: units, profit: units * (price - situation.cost))
        }
        let verdicts = scored.map { refusal(of: $0.price, in: situation) }
        guard verdicts.contains(nil) else { throw MartletError(.gateRefused, Self.nothingAllowed(verdicts, situation)) }
        let allowed = scored.indices.filter { verdicts[$0] == nil && scored[$0].profit.isFinite }.map { scored[$0] }
        guard let unguarded = Self.best(scored), let best = Self.best(allowed) else {
            throw MartletError(
                .corrupt, "the model gives no number of expected units at any allowed price; make it again with 'martlet run'")
        }
        let explores = random.0 < exploration
        let position = min(Int(random.1 * Double(allowed.count)), allowed.count - 1)
        let chosen = explores ? allowed[position] : best
        let share = exploration / Double(allowed.count)
        return PriceDecision(
            chosen: chosen,
            runnerUp: Self.best(allowed.filter { $0.price != chosen.price }),
            unguarded: unguarded,
            candidateCount: scored.count,
            allowedCount: allowed.count,
            refusals: verdicts.compactMap { $0 }.reduce(into: [:]) { $0[$1, default: 0] += 1 },
            propensity: chosen == best ? 1 - exploration + share : share,
            explored: explores,
            reason: reason(chosen, explores, allowed.count, unguarded, situation)
        )
    }

    /// The candidate of highest profit; the lowest price among equals, and never one whose profit is no number.
    private static func best(_ candidates: [PriceDecision.Candidate]) -> PriceDecision.Candidate? {
        candidates.filter { $0.profit.isFinite }.max { ($0.profit, -$0.price) < ($1.profit, -$1.price) }
    }

    private static func nothingAllowed(_ verdicts: [Guardrail?], _ situation: Situation) -> String {
        let counts = Guardrail.allCases.compactMap { guardrail -> String? in
            let count = verdicts.count { $0 == guardrail }
            return count > 0 ? "\(guardrail.rawValue) refuses \(count)" : nil
        }
        return "none of \(verdicts.count) candidate prices is allowed (\(counts.joined(separator: ", "))); "
            + "keep today's price \(situation.today) or widen the guardrails"
    }

    private func reason(
        _ chosen: PriceDecision.Candidate, _ explored: Bool, _ allowed: Int, _ unguarded: PriceDecision.Candidate,
        _ situation: Situation
    ) -> String {
        if explored { return "explores: one of \(allowed) allowed prices, each equally likely" }
        let opening = "highest expected profit of \(allowed) allowed prices"
        guard unguarded.price != chosen.price, let guardrail = refusal(of: unguarded.price, in: situation) else { return opening }
        let words =
            switch guardrail {
            case .historicRange: "lies outside the prices seen before"
            case .margin: "leaves less than the least margin"
            case .step: "is further from today's \(situation.today) than one step may be"
            case .ending: "ends in a digit that is not allowed"
            }
        return "\(opening); \(unguarded.price) would be expected to earn more but \(words)"
    }
}
