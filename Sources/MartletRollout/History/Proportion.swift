package import MartletCore

/// A share of trials, with how well it is known.
///
/// The interval is Wilson's at 95 % (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927), which
/// stays within 0…1 and keeps its promise with a few trials (Brown, Cai and DasGupta, 2001).
package struct Proportion: Sendable, Equatable {
    /// The normal distribution's quantile at 0.975.
    private static let z = 1.959963984540054

    package let successCount: Int
    package let trialCount: Int

    /// - Precondition: 0 ≤ successes ≤ trials.
    package init(_ successCount: Int, of trialCount: Int) {
        precondition(successCount >= 0)
        precondition(successCount <= trialCount)
        self.successCount = successCount
        self.trialCount = trialCount
    }

    /// The share; `nil` without a trial.
    package var share: Double? { trialCount == 0 ? nil : Double(successCount) / Double(trialCount) }

    /// Where the share lies, at 95 %; `nil` without a trial.
    package var interval: ClosedRange<Double>? {
        guard let share else { return nil }
        let (n, z) = (Double(trialCount), Self.z)
        let scale = 1 + z * z / n
        let middle = (share + z * z / (2 * n)) / scale
        let half = z / scale * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // At the ends rounding may pass them, and with no success the lower end is 0.
        let lower = successCount == 0 ? 0 : max(0, middle - half)
        let upper = successCount == trialCount ? 1 : min(1, middle + half)
        return lower...upper
    }

    /// The share for programs.
    package var json: JSONValue {
        [
            "count": .integer(Int64(successCount)), "of": .integer(Int64(trialCount)), "share": share.map(JSONValue.number) ?? .null,
            "lower": interval.map { .number($0.lowerBound) } ?? .null, "upper": interval.map { .number($0.upperBound) } ?? .null,
        ]
    }
}
