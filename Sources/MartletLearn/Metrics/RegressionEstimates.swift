public import MartletCore

/// Regression metrics, each with an interval by cluster.
public struct RegressionEstimates: Sendable, Equatable {
    /// A figure of `RegressionMetrics`.
    public enum Metric: String, Sendable, CaseIterable {
        case rmse
        case mae
        case bias
        case r2
    }

    /// The figures themselves.
    public let metrics: RegressionMetrics
    /// How many clusters the rows that count are of.
    public let clusterCount: Int
    /// Each figure with its interval; empty for fewer than two clusters, of whose spread nothing can be said.
    public let intervals: [Metric: Estimate]

    /// Measures predictions. Pairs in which either is missing do not count.
    /// - Parameters:
    ///   - clusters: the cluster of each row; all arrays are of one length.
    ///   - bootstrap: draws the intervals.
    /// - Complexity: O(rows + replicates · clusters).
    public init(actual: [Double], predicted: [Double], clusters: [String], bootstrap: ClusterBootstrap) throws {
        precondition(actual.count == predicted.count && actual.count == clusters.count)
        metrics = RegressionMetrics(actual: actual, predicted: predicted)
        let rows = actual.indices.filter { actual[$0].isFinite && predicted[$0].isFinite }
        let names = rows.map { clusters[$0] }
        clusterCount = Set(names).count
        guard clusterCount >= 2 else {
            intervals = [:]
            return
        }
        let errors = rows.map { predicted[$0] - actual[$0] }
        // From the mean on, so that the difference of two large sums is none of nearly equal numbers.
        let mean = rows.reduce(0) { $0 + actual[$1] } / Double(rows.count)
        let levels = rows.map { actual[$0] - mean }
        let terms = [
            errors.map { _ in 1 }, errors.map { $0 * $0 }, errors.map { abs($0) }, errors, levels, levels.map { $0 * $0 },
        ]
        let estimates = try bootstrap.estimates(terms: terms, clusters: names, statistics: Self.statistics)
        let metrics = metrics
        intervals = Dictionary(
            uniqueKeysWithValues: zip(Metric.allCases, estimates).map { metric, estimate in
                // The sums by cluster round otherwise than those by row; the figure is that of the rows.
                (
                    metric,
                    Estimate(
                        value: metrics[metric], low: estimate.low, high: estimate.high, confidence: estimate.confidence)
                )
            })
    }

    /// The figures from the sums of the terms, in the order of `Metric`.
    private static func statistics(_ sums: [Double]) -> [Double] {
        let spread = sums[5] - sums[4] * sums[4] / sums[0]
        // What is left of equal values by rounding is no spread.
        let varies = spread > sums[5] * 1e-12
        return [
            (sums[1] / sums[0]).squareRoot(), sums[2] / sums[0], sums[3] / sums[0],
            // A draw whose target does not vary has no share of variance that could be explained.
            varies ? 1 - sums[1] / spread : -.infinity,
        ]
    }

    /// A figure with its interval as JSON; without the interval where there is none.
    public func json(_ metric: Metric) -> JSONValue {
        intervals[metric]?.json ?? ["value": JSONValue(finite: metrics[metric])]
    }

    /// All figures as JSON, by name.
    public var json: JSONValue {
        .object(Dictionary(uniqueKeysWithValues: Metric.allCases.map { ($0.rawValue, json($0)) }))
    }
}

extension RegressionMetrics {
    /// A figure by its name.
    public subscript(metric: RegressionEstimates.Metric) -> Double {
        switch metric {
        case .rmse: rmse
        case .mae: mae
        case .bias: bias
        case .r2: r2
        }
    }
}
