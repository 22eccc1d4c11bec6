import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct DemandTests {
    private static let total = Resources(cores: 4, memoryBytes: 16 << 30)

    @Test(
        arguments: [
            (nil, nil, 1 << 30), (4 << 30, nil, 5 << 30), (nil, 4 << 30, 6 << 30), (4 << 30, 4 << 30, 6 << 30),
            (8 << 30, 4 << 30, 10 << 30),
            (nil, 0, 1 << 30), (nil, 40 << 30, 16 << 30),
        ] as [(Int?, Int?, Int64)])
    func `memory that nobody declared is set aside by what was used, and by what was reached before a kill`(
        peak: Int?, reached: Int?, bytes: Int64
    ) {
        let estimate = StepEstimate(memoryPeakBytes: peak, memoryReachedBytes: reached)
        #expect(Demand().resources(estimate, of: Self.total).memoryBytes == bytes)
    }

    @Test func `declared memory is what is set aside, whatever was learned`() {
        var demand = Demand()
        demand.memoryBytes = 2 << 30
        #expect(
            demand.resources(StepEstimate(memoryPeakBytes: 8 << 30, memoryReachedBytes: 9 << 30), of: Self.total).memoryBytes == 2 << 30)
        #expect(demand.memoryBytes(afterKillAt: 9 << 30) == nil)
    }
}
