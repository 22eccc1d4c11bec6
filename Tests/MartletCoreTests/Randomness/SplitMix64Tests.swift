import MartletCore
import Testing

struct SplitMix64Tests {
    /// The sequences of the authors' C program.
    private static let sequences: [(seed: UInt64, sequence: [UInt64])] = [
        (0, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]),
        (1_234_567, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]),
    ]

    @Test(arguments: sequences)
    func `the sequence of a seed is the published one`(_ seed: UInt64, _ sequence: [UInt64]) {
        var generator = SplitMix64(seed: seed)
        #expect(sequence.map { _ in generator.next() } == sequence)
    }

    @Test func `units lie in [0, 1) with the mean and variance of a uniform number`() {
        var generator = SplitMix64(seed: 3)
        let values = (0..<100_000).map { _ in generator.unit() }
        #expect(values.allSatisfy { (0..<1).contains($0) })
        let mean = values.reduce(0, +) / 1e5
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e5
        // Five standard errors: √(1/12/n) for the mean, √(1/180/n) for the variance.
        #expect(abs(mean - 0.5) < 5 * (1 / 12 / 1e5).squareRoot())
        #expect(abs(variance - 1.0 / 12) < 5 * (1 / 180 / 1e5).squareRoot())
    }

    @Test func `indices are below their count and about equally frequent`() {
        var generator = SplitMix64(seed: 4)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[generator.index(below: 7)] += 1 }
        // Five standard deviations of a binomial count.
        let limit = 5 * (70_000 * (1.0 / 7) * (6.0 / 7)).squareRoot()
        #expect(counts.allSatisfy { abs(Double($0) - 10_000) < limit })
        #expect((0..<100).allSatisfy { _ in generator.index(below: 1) == 0 })
    }
}
