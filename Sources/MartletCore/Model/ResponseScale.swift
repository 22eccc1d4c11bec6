#if canImport(Glibc)
import Glibc
#endif

/// How a model's raw prediction becomes the quantity that people asked for.
public enum ResponseScale: Sendable, Equatable, Codable {
    /// The raw prediction is the quantity.
    case identity
    /// The raw prediction is its logarithm: the quantity is `exp(raw) × factor`, where the factor is the mean of
    /// `exp(residual)` in training (Duan 1983, "Smearing estimate"), one for each group and one for all the rest.
    case log(factors: [String: Double], fallback: Double)

    /// The quantity of a raw prediction. `group` is the row's value of the column whose groups have factors.
    public func quantity(_ raw: Double, group: String?) -> Double {
        switch self {
        case .identity: raw
        case .log(let factors, let fallback): exp(raw) * (group.flatMap { factors[$0] } ?? fallback)
        }
    }

    /// The scale of a log-linked fit, from its residuals on the log scale.
    public init(residuals: [Double], groups: [String?]) {
        precondition(residuals.count == groups.count)
        var sums: [String: (sum: Double, count: Double)] = [:]
        var total = (sum: 0.0, count: 0.0)
        for (residual, group) in zip(residuals, groups) {
            let weight = exp(residual)
            total = (total.sum + weight, total.count + 1)
            guard let group else { continue }
            let old = sums[group] ?? (0, 0)
            sums[group] = (old.sum + weight, old.count + 1)
        }
        self = .log(factors: sums.mapValues { $0.sum / $0.count }, fallback: total.count > 0 ? total.sum / total.count : 1)
    }
}
