import MartletCore

/// How a price is chosen: the candidate of highest expected profit that no guardrail refuses.
///
/// With `exploration` above 0 a share of the answers takes any allowed candidate instead, each with equal probability,
/// and every answer carries the probability with which it was chosen, so that later estimates can be weighted.
public struct PricePolicy: Sendable, Equatable {
    /// How many candidates are scored; 2…10,000.
    public var candidateCount: Int
    /// The smallest step between prices, in currency.
    public var tick: Double
    /// The least share of the price that is margin, `(price − cost) / price`; 0…1.
    public var marginMin: Double
    /// The largest change from today's price, as a share of it; `nil` allows any.
    public var stepMax: Double?
    /// The last digits, in ticks, that a price may end in; empty allows all.
    public var endings: Set<Int>
    /// The share of answers that explore; 0…1.
    public var exploration: Double

    /// Makes a policy.
    public init(
        candidateCount: Int = 250, tick: Double = 0.01, marginMin: Double = 0, stepMax: Double? = nil, endings: Set<Int> = [],
        exploration: Double = 0
    ) {
        precondition((2...10_000).contains(candidateCount))
        precondition(tick > 0)
        self.candidateCount = candidateCount
        self.tick = tick
        self.marginMin = marginMin
        self.stepMax = stepMax
        self.endings = endings
        self.exploration = exploration
    }

    /// What is known of the thing that is priced.
    public struct Situation: Sendable, Equatable {
        /// The lowest and the highest price that was ever seen in the period looked back on.
        public var historicRange: ClosedRange<Double>
        /// Today's price.
        public var today: Double
        /// What one unit costs.
        public var cost: Double

        /// Makes a situation. - Throws: `invalidInput` where a price is not above 0 or the cost is not a number.
        public init(historicRange: ClosedRange<Double>, today: Double, cost: Double) throws {
            guard historicRange.lowerBound > 0, historicRange.upperBound.isFinite, today > 0, today.isFinite, cost.isFinite, cost >= 0
            else {
                throw MartletError(
                    .invalidInput,
                    "expected prices above 0 and a cost of at least 0, found range \(historicRange), today \(today), cost \(cost)"
                )
            }
            self.historicRange = historicRange
            self.today = today
            self.cost = cost
        }
    }

    private func ticks(_ price: Double, _ rule: FloatingPointRoundingRule) -> Int {
        // A billionth of a tick forgives the decimal fractions that binary cannot hold.
        let slack = rule == .up ? -1e-9 : rule == .down ? 1e-9 : 0
        return Int(min(max((price / tick + slack).rounded(rule), 0), 1e15))
    }

    /// The candidate prices, ascending: `candidateCount` of them, a whole number of ticks apart, around the historic range.
    public func candidates(for situation: Situation) -> [Double] {
        let low = max(1, ticks(situation.historicRange.lowerBound, .up))
        let high = max(low, ticks(situation.historicRange.upperBound, .down))
        let stride = Self.strides.first { (high - low) / $0 + 1 < candidateCount } ?? (high - low) / (candidateCount - 1) + 1
        let covered = (high - low) / stride + 1
        var start = max(1, low - stride * ((candidateCount - covered) / 2))
        if stride > 1, let ending = endings.min() {
            // Wide grids skip ticks: shift them so that they meet an allowed ending.
            start += ((ending - start) % min(stride, 10) + min(stride, 10)) % min(stride, 10)
        }
        return (0..<candidateCount).map { price(start + $0 * stride) }
    }

    /// Strides that keep the last digits of a decimal price in step.
    private static let strides = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000]

    /// A price of whole ticks, free of the noise of repeated addition.
    private func price(_ ticks: Int) -> Double {
        let perUnit = (1 / tick).rounded()
        return abs(perUnit * tick - 1) < 1e-9 ? Double(ticks) / perUnit : Double(ticks) * tick
    }

    /// The guardrail that refuses a price; `nil` where none does.
    public func refusal(of price: Double, in situation: Situation) -> Guardrail? {
        let tolerance = tick * 1e-6
        if price < situation.historicRange.lowerBound - tolerance || price > situation.historicRange.upperBound + tolerance {
            return .historicRange
        }
        if price - situation.cost < marginMin * price - tolerance { return .margin }
        if let stepMax, abs(price - situation.today) > stepMax * situation.today + tolerance { return .step }
        if !endings.isEmpty, !endings.contains(ticks(price, .toNearestOrEven) % 10) { return .ending }
        return nil
    }

    /// Why a price is not allowed.
    public enum Guardrail: String, Sendable, CaseIterable, Codable {
        /// Outside the prices that were seen before.
        case historicRange = "historic_range"
        /// Too little margin.
        case margin
        /// Too far from today's price.
        case step
        /// A last digit that is not wanted.
        case ending
    }
}
