import MartletCore
import MartletInference
import Testing

@Suite struct CostCurveMeasuringTests {
    private struct Broken: Error {}

    private let clock = ManualClock()

    @Test func `a ladder doubles and ends with the largest size`() {
        #expect(CostCurve.ladder(upTo: 8) == [1, 2, 4, 8])
        #expect(CostCurve.ladder(upTo: 100) == [1, 2, 4, 8, 16, 32, 64, 100])
        #expect(CostCurve.ladder(upTo: 0) == [1])
        #expect(CostCurve.ladder(upTo: .max).last == CostCurve.rowCountMax)
    }

    @Test func `medians are taken, so that a slow run or two do no harm`() throws {
        var runs = 0
        let curve = try CostCurve.measure(ladder: [1, 4], budgetSeconds: 1_000, clock: clock) { rows in
            runs += 1
            clock.advance(bySeconds: runs == 1 || runs == 6 ? 50 : Double(rows))
        }
        #expect(curve.points == [.init(rows: 1, seconds: 1), .init(rows: 4, seconds: 4)])
        #expect(runs == 2 * CostCurve.repetitionCount)
    }

    @Test func `sizes that would not end within the budget are left out and believed to cost in proportion`() throws {
        var runs: [Int] = []
        let curve = try CostCurve.measure(ladder: [1, 2, 4, 8, 16], budgetSeconds: 10, clock: clock) { rows in
            runs.append(rows)
            clock.advance(bySeconds: Double(rows))
        }
        #expect(runs == [1, 2, 4, 1, 2])
        #expect(curve.seconds(rows: 16) == 16)
    }

    @Test func `the smallest size is measured whatever it takes`() throws {
        let curve = try CostCurve.measure(ladder: [1, 2], budgetSeconds: 0.1, clock: clock) { _ in clock.advance(bySeconds: 7) }
        #expect(curve.points == [.init(rows: 1, seconds: 7)])
    }

    @Test func `a clock too coarse to see a run makes no curve without cost`() throws {
        let curve = try CostCurve.measure(ladder: [1, 2], clock: clock) { _ in }
        #expect(curve.seconds(rows: 1) > 0)
    }

    @Test(arguments: [[], [0, 1], [1, 1], Array(1...65)]) func `a ladder that is none is refused`(ladder: [Int]) {
        let error = #expect(throws: MartletError.self) { try CostCurve.measure(ladder: ladder, clock: clock) { _ in } }
        #expect(error?.code == .invalidInput)
    }

    @Test func `the model's error is passed on`() {
        #expect(throws: Broken.self) { try CostCurve.measure(ladder: [1], clock: clock) { _ in throw Broken() } }
    }
}
