import Foundation
import MartletCore
import MartletLearn
import Testing

struct RegressionEstimatesTests {
    private struct Sample {
        var actual: [Double] = []
        var predicted: [Double] = []
        var clusters: [String] = []
    }

    private func normal(_ random: inout SplitMix64) -> Double {
        (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
    }

    /// Rows whose error is a shock of their cluster and a noise of their own, both of variance ½.
    private func sample(clusters: Int, rows: Int, seed: UInt64, level: Double = 3) -> Sample {
        var random = SplitMix64(seed: seed)
        var sample = Sample()
        for cluster in 0..<clusters {
            let shock = normal(&random)
            for _ in 0..<rows {
                let actual = level + 2 * normal(&random)
                sample.actual.append(actual)
                sample.predicted.append(actual + (shock + normal(&random)) * 0.5.squareRoot())
                sample.clusters.append("store \(cluster)")
            }
        }
        return sample
    }

    private func estimates(_ sample: Sample, replicates: Int = 300, seed: UInt64 = 1) throws -> RegressionEstimates {
        try RegressionEstimates(
            actual: sample.actual, predicted: sample.predicted, clusters: sample.clusters,
            bootstrap: ClusterBootstrap(replicates: replicates, seed: seed))
    }

    @Test func `the figures are those of the metrics, to the bit`() throws {
        let sample = sample(clusters: 7, rows: 9, seed: 3)
        let estimates = try estimates(sample)
        let metrics = RegressionMetrics(actual: sample.actual, predicted: sample.predicted)
        #expect(estimates.metrics == metrics)
        #expect(estimates.clusterCount == 7)
        #expect(estimates.intervals.mapValues(\.value) == [.rmse: metrics.rmse, .mae: metrics.mae, .bias: metrics.bias, .r2: metrics.r2])
    }

    @Test(arguments: [0.0, 1e6]) func `the intervals are those of metrics computed anew of the rows of each draw`(level: Double) throws {
        let sample = sample(clusters: 6, rows: 5, seed: 4, level: level)
        let estimates = try estimates(sample, replicates: 200, seed: 9)
        let names = Set(sample.clusters).sorted()
        let members = Dictionary(grouping: sample.actual.indices) { sample.clusters[$0] }
        var random = SplitMix64(seed: 9)
        let draws = (0..<200).map { _ in
            let rows = names.indices.flatMap { _ in members[names[random.index(below: names.count)]] ?? [] }
            return RegressionMetrics(actual: rows.map { sample.actual[$0] }, predicted: rows.map { sample.predicted[$0] })
        }
        for metric in RegressionEstimates.Metric.allCases {
            let values = draws.map { $0[metric] }.sorted()
            let interval = try #require(estimates.intervals[metric])
            // Sums in another order: a few roundings of a million, over thirty rows.
            #expect(abs(interval.low - quantile(of: values, 0.025)) < 1e-8, "\(metric)")
            #expect(abs(interval.high - quantile(of: values, 0.975)) < 1e-8, "\(metric)")
        }
    }

    @Test func `95 % of intervals of the squared error hold the truth`() throws {
        let held = try (0..<200).count { seed in
            let interval = try estimates(sample(clusters: 60, rows: 3, seed: UInt64(1_000 + seed)), seed: UInt64(seed)).intervals[.rmse]
            // Both parts of the error have variance ½, so its root mean square is 1.
            return interval.map { $0.low <= 1 && 1 <= $0.high } ?? false
        }
        // Percentile intervals of a skewed figure of 60 clusters hold a little less than they say (about 92 %); the share of 200 has a
        // standard error of 1.9 %: three of them either way.
        #expect((0.86...0.99).contains(Double(held) / 200), "\(held)")
    }

    @Test func `rows without a target or a prediction do not count, nor do their clusters`() throws {
        var sample = sample(clusters: 3, rows: 4, seed: 5)
        let whole = try estimates(sample)
        sample.actual += [.nan, 1]
        sample.predicted += [1, .nan]
        sample.clusters += ["nobody", "store 1"]
        #expect(try estimates(sample) == whole)
    }

    @Test(arguments: [0, 1]) func `fewer than two clusters have figures and no interval`(clusters: Int) throws {
        let estimates = try estimates(sample(clusters: clusters, rows: 6, seed: 6))
        #expect(estimates.clusterCount == clusters && estimates.intervals.isEmpty)
        #expect(estimates.json(.rmse)["low"] == nil)
    }

    @Test func `a target that does not vary has no share that could be explained`() throws {
        let estimates = try RegressionEstimates(
            actual: [2, 2, 2, 2], predicted: [1, 2, 3, 2], clusters: ["a", "a", "b", "b"], bootstrap: ClusterBootstrap(seed: 1))
        #expect(estimates.json(.r2)["value"] == .null)
        #expect(estimates.json(.r2)["low"] == .null)
        #expect(estimates.json(.rmse)["value"]?.double == 0.5.squareRoot())
    }

    @Test func `draws whose target does not vary leave the share that is explained without a lower end, however they round`() throws {
        // One draw in nine has but one cluster, of which rounding leaves a spread of 1e-16.
        let estimates = try RegressionEstimates(
            actual: [0.3, 0.5, 1.7], predicted: [0.4, 0.4, 1.6], clusters: ["a", "b", "c"], bootstrap: ClusterBootstrap(seed: 1))
        #expect(estimates.json(.r2)["value"]?.double != nil)
        #expect(estimates.json(.r2)["low"] == .null)
    }
}
