import Foundation
import MartletCore
import MartletInference
import Testing

@Suite struct CostCurveLearningTests {
    private let fresh: CostCurve

    init() throws { fresh = try CostCurve.line(seconds: 0.004, perRow: 0.0001) }

    @Test func `sizes that are run are learned, and what lies between them`() {
        var curve = fresh
        var random = SplitMix64(seed: 1)
        for _ in 0..<6_000 {
            let rows = 1 + random.index(below: 64)
            curve.observe(rows: rows, seconds: 0.01 + 0.0002 * Double(rows))
        }
        for rows in [1, 3, 10, 24, 64] {
            #expect(abs(curve.seconds(rows: rows) / (0.01 + 0.0002 * Double(rows)) - 1) < 0.03, "\(rows) rows")
        }
    }

    @Test(arguments: [1e-9, 1e6]) func `one outlier moves an estimate by less than a twelfth`(seconds: Double) {
        var curve = fresh
        curve.observe(rows: 8, seconds: seconds)
        #expect(abs(log(curve.seconds(rows: 8) / fresh.seconds(rows: 8))) < 1.0 / 12)
    }

    @Test(arguments: [0, -1, Double.nan, .infinity]) func `what is no time teaches nothing`(seconds: Double) {
        var curve = fresh
        curve.observe(rows: 8, seconds: seconds)
        #expect(curve == fresh)
    }

    @Test func `a size that was slow once is believed again after it was long forgotten`() {
        var curve = fresh
        for _ in 0..<100 { curve.observe(rows: 64, seconds: 10) }
        #expect(curve.seconds(rows: 64) > 5)
        for _ in 0..<1_000 { curve.observe(rows: 16, seconds: fresh.seconds(rows: 16)) }
        #expect(curve.seconds(rows: 64) < 4.1 * fresh.seconds(rows: 16))
    }

    @Test func `the tail comes to be what one batch in a hundred exceeds`() {
        var curve = fresh
        var random = SplitMix64(seed: 5)
        var exceeded = 0
        for step in 0..<40_000 {
            let seconds = fresh.seconds(rows: 8) * exp(0.3 * (random.unit() + random.unit() + random.unit() - 1.5))
            if step >= 20_000, seconds > curve.tailSeconds(rows: 8) { exceeded += 1 }
            curve.observe(rows: 8, seconds: seconds)
        }
        #expect((100...300).contains(exceeded))
    }

    @Test(arguments: 1...20) func `whatever is observed, the curve is positive and never falls`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var curve = fresh
        for _ in 0..<200 {
            curve.observe(rows: random.index(below: 200) - 20, seconds: exp(20 * random.unit() - 12))
            let seconds = (1...200).map { curve.seconds(rows: $0) }
            #expect(seconds.allSatisfy { $0 > 0 && $0.isFinite }, "seed \(seed)")
            #expect(zip(seconds, seconds.dropFirst()).allSatisfy { $0 <= $1 * (1 + 1e-12) }, "seed \(seed)")
            #expect((1...CostCurve.tailFactorMax).contains(curve.tailFactor), "seed \(seed)")
        }
    }
}
