import Foundation

extension CostCurve {
    /// The share of an observation's surprise, as a logarithm, that the estimates beside it take over.
    static let learningRate = 0.1
    /// The most surprise that one observation may cause: a factor of two, so that no single one moves an estimate by over 7%.
    static let surpriseMax = 0.693
    /// The share of its weight that every estimate loses with each observation: what is 100 observations old counts a third.
    static let forgetting = 0.01
    /// Below this weight an estimate is forgotten: it is believed no more where a smaller size says that it is too dear.
    static let weightRemembered = 1.0
    static let weightMin = 1e-6
    /// The step of the tail's quantile: up by 5% for each batch above it, down by 0.05% for each below, so that 1% are above.
    static let tailStep = 0.05

    /// Learns from a batch that was really run.
    ///
    /// The surprise, `log(seconds / estimate)`, is cut to `surpriseMax` and shared by the two sizes beside the batch's according to
    /// their nearness: an exponentially forgotten Huber estimate in logarithms. A forgotten size above it comes down step by step to
    /// what its rows would cost at this batch's price, so that a size which was slow once is tried again.
    /// - Parameters:
    ///   - rows: the batch's rows; values below 1 count as 1.
    ///   - seconds: what it took; ignored where it is not positive and finite.
    /// - Complexity: O(sizes).
    package mutating func observe(rows: Int, seconds: Double) {
        guard seconds > 0, seconds.isFinite else { return }
        let rows = min(max(rows, 1), Self.rowCountMax)
        let (low, share) = place(of: rows)
        let high = min(low + 1, points.count - 1)
        let estimate = share == 0 || high == low ? scaled(low, to: rows) : estimates[low] + share * (estimates[high] - estimates[low])
        learnTail(seconds / self.seconds(rows: rows))
        let surprise = min(max(log(seconds / estimate), -Self.surpriseMax), Self.surpriseMax)
        for index in weights.indices { weights[index] = max(weights[index] * (1 - Self.forgetting), Self.weightMin) }
        learn(low, surprise, share: 1 - share)
        if high != low { learn(high, surprise, share: share) }
        doubtForgotten(above: rows, estimate: estimate)
        pool()
    }

    /// The size at or below some rows, and how far they are on the way to the next size, 0…1.
    private func place(of rows: Int) -> (low: Int, share: Double) {
        guard let low = points.lastIndex(where: { $0.rows <= rows }) else { return (0, 0) }
        guard low + 1 < points.count else { return (low, 0) }
        return (low, Double(rows - points[low].rows) / Double(points[low + 1].rows - points[low].rows))
    }

    /// A size's estimate, made larger in proportion for rows beyond the largest size.
    private func scaled(_ index: Int, to rows: Int) -> Double {
        estimates[index] * max(1, index == points.count - 1 ? Double(rows) / Double(points[index].rows) : 1)
    }

    private mutating func learn(_ index: Int, _ surprise: Double, share: Double) {
        estimates[index] *= exp(Self.learningRate * share * surprise)
        weights[index] += share
    }

    private mutating func learnTail(_ ratio: Double) {
        tailFactor = Self.bounded(tailFactor * exp(Self.tailStep * (ratio > tailFactor ? 0.99 : -0.01)))
    }

    private mutating func doubtForgotten(above rows: Int, estimate: Double) {
        for index in points.indices where points[index].rows > rows && weights[index] < Self.weightRemembered {
            let dearest = estimate * Double(points[index].rows) / Double(rows)
            guard estimates[index] > dearest else { continue }
            estimates[index] *= exp(Self.learningRate * max(log(dearest / estimates[index]), -Self.surpriseMax))
        }
    }

    /// Makes the points from the estimates, with neighbours that fall replaced by their weighted mean
    /// (isotonic regression: Ayer et al., "An empirical distribution function for sampling with incomplete information", 1955).
    mutating func pool() {
        for index in estimates.indices {
            points[index].seconds = estimates[index]
            var start = index
            while start > 0, points[start - 1].seconds > points[index].seconds {
                let level = points[start - 1].seconds
                while start > 0, points[start - 1].seconds == level { start -= 1 }
                let mean = weightedMean(start...index)
                for pooled in start...index { points[pooled].seconds = mean }
            }
        }
    }

    private func weightedMean(_ range: ClosedRange<Int>) -> Double {
        var (sum, weight) = (0.0, 0.0)
        for index in range {
            sum += estimates[index] * weights[index]
            weight += weights[index]
        }
        return sum / weight
    }
}
