import MartletCore
import MartletInference
import Testing

@Suite struct CostCurveTests {
    private func curve(_ points: [(Int, Double)]) throws -> CostCurve {
        try CostCurve(points: points.map { CostCurve.Point(rows: $0.0, seconds: $0.1) })
    }

    @Test(arguments: [(-5, 2.0), (1, 2.0), (2, 2.0), (3, 3.0), (4, 4.0), (6, 5.0), (8, 6.0), (16, 12.0), (80, 60.0)])
    func `the curve is level before its corners, straight between them, and in proportion beyond`(rows: Int, seconds: Double) throws {
        #expect(try curve([(8, 6), (2, 2), (4, 4)]).seconds(rows: rows) == seconds)
    }

    @Test func `measurements that fall are pooled by their mean`() throws {
        let curve = try curve([(1, 1), (2, 5), (4, 3), (8, 4), (16, 9)])
        #expect(curve.points.map(\.seconds) == [1, 4, 4, 4, 9])
    }

    @Test func `the cost of one more row and the rows of a second follow from the curve`() throws {
        let curve = try CostCurve.line(seconds: 0.004, perRow: 0.001)
        #expect(abs(curve.marginalSeconds(rows: 5) - 0.001) < 1e-12)
        #expect(abs(curve.rowsPerSecond(rows: 4) - 500) < 1e-6)
    }

    @Test(arguments: [
        [], [(0, 1.0)], [(1, 1), (1, 2)], [(1, 0)], [(1, -1)], [(1, .nan)], [(1, .infinity)], (1...65).map { ($0, 1.0) },
    ])
    func `points that are no curve are refused`(points: [(Int, Double)]) {
        let error = #expect(throws: MartletError.self) { try curve(points) }
        #expect(error?.code == .invalidInput)
    }

    @Test(arguments: [
        (seconds: 0.005, perRow: 0.0001, pays: true),  // a large fixed cost
        (seconds: 0, perRow: 0.001, pays: false),  // rows cost the same together
        (seconds: 0.00005, perRow: 0.001, pays: false),  // the gain is below a tenth
        (seconds: 0.00002, perRow: 0, pays: false),  // the hand-over costs more than the rows
        (seconds: 0.0002, perRow: 0.00001, pays: true),
    ])
    func `batching pays where rows share a cost that is worth a hand-over`(seconds: Double, perRow: Double, pays: Bool) throws {
        #expect(try CostCurve.line(seconds: seconds, perRow: perRow).batchingPays(handoverSeconds: 20e-6) == pays)
    }

    @Test func `batches of one row never pay`() throws {
        #expect(try !CostCurve.line(seconds: 0.005, perRow: 0).batchingPays(upTo: 1))
    }

    @Test func `the cheapest size ends in time, its tail included`() throws {
        let curve = try CostCurve(points: [(1, 5), (8, 6), (64, 20)].map { .init(rows: $0.0, seconds: $0.1) }, tailFactor: 2)
        #expect(curve.cheapestRows(upTo: 64, within: 40) == 64)
        #expect(curve.cheapestRows(upTo: 64, within: 39.9) == 8)
        #expect(curve.cheapestRows(upTo: 7, within: 100) == 1)
        #expect(curve.cheapestRows(upTo: 64, within: 1) == 1)
    }

    @Test func `the rows that fit in a time are found also where everything fits`() throws {
        let curve = try CostCurve.line(seconds: 1, perRow: 1, upTo: 4)
        #expect([1.9, 2, 3.5, 5, 10].map(curve.rows(within:)) == [0, 1, 2, 4, 8])
        #expect(curve.rows(within: .infinity) == CostCurve.rowCountMax)
    }
}
