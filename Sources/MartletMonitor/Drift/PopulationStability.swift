import Foundation

/// The population stability index (PSI): how far two distributions over the same bins are apart, Σ (p − q) · ln(p / q).
///
/// By custom up to 0.1 is little and from 0.2 or 0.25 on much. Without any drift it is still above 0: N and M rows in B bins make about
/// (B − 1)(1/N + 1/M), and that times a χ² of B − 1 degrees of freedom is its distribution (Yurdakul and Naranjo, 2020).
package enum PopulationStability {
    /// What an empty bin counts as, in rows, where the other side has some there: the logarithm has no value at 0.
    static let emptyCount = 0.5
    /// The quantile of the standard normal distribution that chance passes once in 100,000 times.
    static let rareQuantile = 4.265

    /// The index of two lists of counts of rows, bin by bin; 0 where a side has no rows.
    package static func index(_ reference: [Int], _ present: [Int]) -> Double {
        precondition(reference.count == present.count, "both sides are counted in the same bins")
        let (n, m) = (Double(reference.reduce(0, +)), Double(present.reduce(0, +)))
        guard n > 0, m > 0 else { return 0 }
        return zip(reference, present).reduce(0) { sum, counts in
            guard counts.0 > 0 || counts.1 > 0 else { return sum }
            let (q, p) = (max(Double(counts.0), emptyCount) / n, max(Double(counts.1), emptyCount) / m)
            return sum + (p - q) * log(p / q)
        }
    }

    /// The index that chance alone passes about once in 100,000 times, by Wilson and Hilferty's approximation of χ², which is a little too high;
    /// the index itself is above χ² where bins have few rows: of 25 in each, chance passes it five times.
    package static func chance(_ reference: [Int], _ present: [Int]) -> Double {
        let (n, m) = (Double(reference.reduce(0, +)), Double(present.reduce(0, +)))
        let freedom = Double(zip(reference, present).count { $0 > 0 || $1 > 0 } - 1)
        guard n > 0, m > 0, freedom > 0 else { return 0 }
        let spread = 2 / (9 * freedom)
        let quantile = freedom * pow(1 - spread + rareQuantile * spread.squareRoot(), 3)
        return quantile * (1 / n + 1 / m)
    }
}
