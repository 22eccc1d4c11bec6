import Foundation
import MartletCore
import Testing

@testable import MartletMonitor

@Suite struct PopulationStabilityTests {
    /// The first by hand: 0.3 · ln 4 + 0.1 · ln 1.5 twice. The others by NumPy: `((p - q) * np.log(p / q)).sum()`, an empty bin as half a row.
    @Test(
        arguments: [
            ([10, 20, 30, 40], [40, 30, 20, 10], 0.912_869_638_293_567),
            ([0, 50, 50], [5, 45, 50], 0.108_884_354_967_623),
            ([100, 100, 100, 100, 100, 100, 100, 100, 100, 100], [50, 60, 80, 100, 100, 110, 120, 120, 130, 130], 0.083_541_074_942_772),
        ])
    func `the index is that of the formula`(reference: [Int], present: [Int], expected: Double) {
        #expect(abs(PopulationStability.index(reference, present) - expected) < 1e-12)
    }

    @Test func `equal shares have an index of 0, whatever the counts, and bins that are empty on both sides change nothing`() {
        #expect(PopulationStability.index([10, 30], [20, 60]) == 0)
        #expect(PopulationStability.index([10, 0, 30], [30, 0, 10]) == PopulationStability.index([10, 30], [30, 10]))
        #expect(PopulationStability.index([10, 30], [30, 10]) == PopulationStability.index([30, 10], [10, 30]))
    }

    @Test func `a side without rows has neither index nor chance`() {
        #expect(PopulationStability.index([0, 0], [1, 2]) == 0)
        #expect(PopulationStability.chance([1, 2], [0, 0]) == 0)
        #expect(PopulationStability.chance([5, 0], [7, 0]) == 0)
    }

    /// By SciPy: `chi2.ppf(1 - 1e-5, k)`. Wilson and Hilferty's approximation is above it, by less the more bins there are.
    @Test(arguments: [(2, 19.511_421, 0.12), (6, 30.856_190, 0.04), (10, 39.340_654, 0.02), (22, 60.700_333, 0.01)])
    func `what chance passes once in 100,000 times is a quantile of χ²`(bins: Int, quantile: Double, tolerance: Double) {
        let counts = [Int](repeating: 1_000, count: bins)
        let chance = PopulationStability.chance(counts, counts) * Double(bins * 1_000) / 2
        #expect(chance >= quantile)
        #expect(chance <= quantile * (1 + tolerance))
    }

    /// 4,000 draws of 500 rows a side. The index by chance is (B − 1)(1/N + 1/M) on average; over 0.2 it is, with 21 bins, about once in 4,000
    /// times, and over what chance is said to make once in 100,000.
    @Test(arguments: [(10, 0.036), (21, 0.08)])
    func `equal distributions seem to drift as rarely as is said`(bins: Int, mean expected: Double) {
        var random = SplitMix64(seed: 20_231_123)
        func draw() -> [Int] {
            var counts = [Int](repeating: 0, count: bins)
            for _ in 0..<500 { counts[random.index(below: bins)] += 1 }
            return counts
        }
        var (sum, alarms) = (0.0, 0)
        for _ in 0..<4_000 {
            let (reference, present) = (draw(), draw())
            let index = PopulationStability.index(reference, present)
            sum += index
            if index > max(0.2, PopulationStability.chance(reference, present)) { alarms += 1 }
        }
        #expect(abs(sum / 4_000 / expected - 1) < 0.05)
        #expect(alarms == 0)
    }
}
