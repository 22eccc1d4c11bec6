import Foundation
import MartletCore
import MartletInference
import Testing

/// Whole days of traffic in simulated time: what the decisions add up to.
@Suite struct BatchQueueTrafficTests {
    /// A batch takes 5 ms and each row 50 µs more: 200 requests a second one by one, 7,800 in batches of 64.
    private static func seconds(rows: Int) -> Double { 0.005 + 0.000_05 * Double(rows) }

    private func simulation(
        _ arrivals: [BatchSimulation.Arrival], rowCountMax: Int = 64, until end: Double = .infinity,
        _ change: (inout BatchingPolicy) -> Void = { _ in }
    ) throws -> BatchSimulation {
        var policy = BatchingPolicy(objectiveSeconds: 0.05, rowCountMax: rowCountMax)
        change(&policy)
        let queue = try BatchQueue(policy: policy, curve: .line(seconds: 0.005, perRow: 0.000_05))
        return BatchSimulation(queue: queue, arrivals: arrivals, until: end) { Self.seconds(rows: $0) }
    }

    private func meanRows(_ simulation: BatchSimulation) -> Double {
        Double(simulation.batches.reduce(0) { $0 + $1.rows }) / Double(simulation.batches.count)
    }

    @Test(arguments: [(20.0, 1.0...1.2), (1_000, 4...8), (6_000, 35...50)])
    func `batches grow with the load, and the objective is kept`(perSecond: Double, rows: ClosedRange<Double>) throws {
        var simulation = try simulation(.random(perSecond: perSecond, seconds: 4, seed: 1))
        simulation.run()
        #expect(rows.contains(meanRows(simulation)))
        #expect(simulation.p99Seconds < 0.05)
        #expect(simulation.latencies.count == simulation.ends.count, "nobody is refused")
    }

    @Test func `running every request at once and alone misses the objective that batches keep`() throws {
        var immediate = try simulation(.random(perSecond: 400, seconds: 4, seed: 1), rowCountMax: 1) {
            $0.admissionFactor = 100
            $0.queueRequestCountMax = 65_536
        }
        immediate.run()
        #expect(immediate.p99Seconds > 1)
        var batched = try simulation(.random(perSecond: 400, seconds: 4, seed: 1))
        batched.run()
        #expect(batched.p99Seconds < 0.015)
        #expect(batched.latencies.count == immediate.ends.count)
    }

    @Test(arguments: [1, 2]) func `more than can be done is refused, and what is taken is answered in time`(runners: Int) throws {
        var simulation = try simulation(.random(perSecond: 20_000, seconds: 1, seed: 2)) { $0.runnerCount = runners }
        simulation.run()
        #expect(simulation.p99Seconds < 0.05)
        #expect(Double(simulation.latencies.count) > 0.95 * Double(runners) * 64 / Self.seconds(rows: 64))
        #expect(simulation.ends.allSatisfy { $0.count == 1 })
    }

    @Test func `high priorities go through an overload as though it were not there`() throws {
        var arrivals = [BatchSimulation.Arrival].random(perSecond: 12_000, seconds: 1, seed: 3)
        for index in arrivals.indices where index % 20 == 0 { arrivals[index].priority = 1 }
        var simulation = try simulation(arrivals)
        simulation.run()
        let high = arrivals.indices.filter { arrivals[$0].priority == 1 }.flatMap { simulation.ends[$0] }
        let latencies = high.compactMap { if case .answered(let latency, _) = $0 { latency } else { nil } }
        #expect(Double(latencies.count) > 0.99 * Double(high.count))
        #expect(latencies.sorted()[latencies.count / 2] < 0.02)
    }

    @Test func `a low priority is passed only by those who come before it has aged`() throws {
        var arrivals = [BatchSimulation.Arrival].random(perSecond: 9_000, seconds: 1, seed: 4)
        for index in arrivals.indices { arrivals[index].priority = 2 }
        arrivals[500].priority = 0
        var simulation = try simulation(arrivals) {
            $0.ageingSeconds = 0.1
            $0.admissionFactor = 100
            $0.queueRequestCountMax = 65_536
        }
        simulation.run()
        let order = simulation.batches.flatMap(\.requestIDs).map { Int($0.number) }
        let place = try #require(order.firstIndex(of: 500))
        #expect(place > 1_000, "it is passed by many")
        #expect(order[..<place].allSatisfy { arrivals[$0].seconds < 0.2 }, "from the second period on it goes first")
    }

    @Test func `a caller alone is never kept waiting`() throws {
        var simulation = try simulation([.init(seconds: 0)], until: 2)
        simulation.returnSeconds = 0.001
        simulation.run()
        #expect(simulation.latencies.count > 300)
        #expect(simulation.latencies.allSatisfy { abs($0 - Self.seconds(rows: 1)) < 1e-9 })
    }

    @Test func `callers who come back at once gather in one batch`() throws {
        var simulation = try simulation((0..<8).map { .init(seconds: Double($0) * 0.001) }, until: 2)
        simulation.returnSeconds = 0.000_01
        simulation.run()
        #expect(meanRows(simulation) > 7.5)
        #expect(simulation.latencies[simulation.latencies.count / 2] < 1.02 * Self.seconds(rows: 8))
    }

    @Test func `where batching gains nothing, requests run one by one in their order`() throws {
        let arrivals = [BatchSimulation.Arrival].random(perSecond: 900, seconds: 2, seed: 5)
        let queue = try BatchQueue(
            policy: BatchingPolicy(objectiveSeconds: 0.05, rowCountMax: 64), curve: .line(seconds: 0, perRow: 0.001)
        )
        var simulation = BatchSimulation(queue: queue, arrivals: arrivals) { 0.001 * Double($0) }
        simulation.run()
        #expect(simulation.batches.allSatisfy { $0.rows == 1 })
        let ids = simulation.batches.flatMap(\.requestIDs).map(\.number)
        #expect(ids == ids.sorted())
    }

    @Test(arguments: 1...6) func `every request of a mixed crowd ends exactly once`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var arrivals = [BatchSimulation.Arrival].random(perSecond: 3_000, seconds: 1, seed: UInt64(seed))
        for index in arrivals.indices {
            arrivals[index].rows = 1 + random.index(below: 10) * random.index(below: 10)
            arrivals[index].priority = random.index(below: 5) - 2
            if random.index(below: 4) == 0 { arrivals[index].timeoutSeconds = 0.1 * random.unit() }
            if random.index(below: 4) == 0 { arrivals[index].cancelSeconds = 0.05 * random.unit() }
        }
        var simulation = try simulation(arrivals) { $0.runnerCount = 1 + seed % 3 }
        simulation.run()
        #expect(simulation.ends.allSatisfy { $0.count == 1 }, "seed \(seed)")
        let started = simulation.batches.flatMap(\.requestIDs)
        #expect(Set(started).count == started.count, "seed \(seed)")
    }
}
