import Foundation

/// How far predictions are from what happened. Pairs in which either is missing do not count.
public struct RegressionMetrics: Sendable, Equatable, Codable {
    /// How many pairs counted.
    public let count: Int
    /// Root of the mean squared error.
    public let rmse: Double
    /// Mean absolute error.
    public let mae: Double
    /// Mean of prediction minus actual.
    public let bias: Double
    /// 1 − squared error / squared deviation from the actual values' mean; `nan` where these do not vary.
    public let r2: Double

    /// Measures predictions; all figures are `nan` where no pair counts. - Complexity: O(rows).
    public init(actual: [Double], predicted: [Double]) {
        precondition(actual.count == predicted.count)
        let pairs = zip(actual, predicted).filter { $0.isFinite && $1.isFinite }
        let n = Double(pairs.count)
        let mean = pairs.reduce(0) { $0 + $1.0 } / n
        let squared = pairs.reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
        let spread = pairs.reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) }
        count = pairs.count
        rmse = (squared / n).squareRoot()
        mae = pairs.reduce(0) { $0 + abs($1.1 - $1.0) } / n
        bias = pairs.reduce(0) { $0 + $1.1 - $1.0 } / n
        // The mean of equal values may be off by one rounding, so their spread need not be 0.
        let varies = pairs.contains { $0.0 != pairs[0].0 }
        r2 = varies && spread > 0 ? 1 - squared / spread : .nan
    }
}
