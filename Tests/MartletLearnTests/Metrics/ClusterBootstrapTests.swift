import Foundation
import MartletCore
import MartletLearn
import Testing

struct ClusterBootstrapTests {
    /// The mean of values, from their sum and count.
    private func mean(
        _ values: [Double], _ clusters: [String], replicates: Int = 2_000, confidence: Double = 0.95, seed: UInt64 = 1
    ) throws -> Estimate {
        try ClusterBootstrap(replicates: replicates, confidence: confidence, seed: seed)
            .estimate(terms: [values, values.map { _ in 1 }], clusters: clusters) { $0[0] / $0[1] }
    }

    /// Rows with an effect of their cluster: standard normal effects, and noise as large.
    private func sample(clusters: Int, rows: Int, seed: UInt64) -> (values: [Double], clusters: [String]) {
        var random = SplitMix64(seed: seed)
        func normal() -> Double { (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit()) }
        var values: [Double] = []
        for _ in 0..<clusters {
            let effect = normal()
            values += (0..<rows).map { _ in effect + normal() }
        }
        return (values, values.indices.map { "\($0 / rows)" })
    }

    @Test func `the same seed gives the same interval, another seed another`() throws {
        let (values, clusters) = sample(clusters: 12, rows: 5, seed: 1)
        let estimates = try [UInt64(3), 3, 4].map { try mean(values, clusters, seed: $0) }
        #expect(estimates[0] == estimates[1])
        #expect(estimates[0].value == estimates[2].value && estimates[0].low != estimates[2].low)
    }

    @Test func `the order of rows and the names of clusters do not matter beyond rounding`() throws {
        let (values, clusters) = sample(clusters: 9, rows: 4, seed: 2)
        var random = SplitMix64(seed: 3)
        let order = values.indices.shuffled(using: &random)
        let one = try mean(values, clusters)
        let other = try mean(order.map { values[$0] }, order.map { "store " + clusters[$0] })
        #expect(abs(one.low - other.low) < 1e-12 && abs(one.high - other.high) < 1e-12)
    }

    @Test func `the estimate lies within its interval, and more confidence is wider`() throws {
        let (values, clusters) = sample(clusters: 20, rows: 5, seed: 4)
        let narrow = try mean(values, clusters, confidence: 0.8)
        let wide = try mean(values, clusters, confidence: 0.99)
        #expect(wide.low < narrow.low && narrow.low < narrow.value && narrow.value < narrow.high && narrow.high < wide.high)
        #expect(abs(narrow.value - values.reduce(0, +) / 100) < 1e-12)
    }

    @Test func `rows that belong together count less than rows that do not`() throws {
        let (values, clusters) = sample(clusters: 30, rows: 20, seed: 5)
        let together = try mean(values, clusters)
        let apart = try mean(values, values.indices.map { "\($0)" })
        // With an effect as large as the noise, twenty rows of a cluster are worth about two: √10 and more.
        #expect(together.high - together.low > 2 * (apart.high - apart.low))
    }

    @Test func `95 % of intervals hold the truth`() throws {
        let count = 300
        let held = try (0..<count).count { seed in
            let (values, clusters) = sample(clusters: 40, rows: 3, seed: UInt64(100 + seed))
            let estimate = try mean(values, clusters, replicates: 300, seed: UInt64(seed))
            return estimate.low <= 0 && 0 <= estimate.high
        }
        // Percentile intervals of 40 clusters hold 94.0 % (normal quantiles where t₃₉ is due, and a spread short by
        // √(39/40)). The share of 300 samples has a standard error of 1.4 %: three and a half of them either way.
        let share = Double(held) / Double(count)
        #expect((0.89...0.99).contains(share), "\(share)")
    }

    @Test(arguments: [[], ["a"], ["a", "a", "a"]])
    func `fewer than two clusters are refused`(_ clusters: [String]) throws {
        let error = try #require(throws: MartletError.self) { try mean(clusters.map { _ in 1 }, clusters) }
        #expect(error.code == .invalidInput)
        #expect(error.message == "an interval by cluster needs at least two clusters, found \(Set(clusters).count)")
    }

    @Test func `an estimate that is not finite is null in JSON`() throws {
        let estimate = try mean([.infinity, 1], ["a", "b"])
        #expect(estimate.json["value"] == .null)
    }
}

struct QuantileTests {
    /// `numpy.quantile` of 1, 2, 4, 8, 16, 32, which is type 7.
    @Test(arguments: [(0, 1), (0.025, 1.125), (0.1, 1.5), (0.33, 3.3), (0.5, 6), (0.975, 30), (1, 32)])
    func `quantiles are NumPy's`(_ share: Double, _ expected: Double) {
        #expect(abs(quantile(of: [1, 2, 4, 8, 16, 32], share) - expected) < 1e-14)
    }

    @Test func `one value is all quantiles, none has none`() {
        #expect(quantile(of: [3.5], 0.3) == 3.5 && quantile(of: [], 0.5).isNaN)
        #expect(abs(quantile(of: [-5, 0.25], 0.9) + 0.275) < 1e-15)
    }
}
