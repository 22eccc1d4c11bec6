import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct RunStandingTests {
    private static func step(_ name: String, reads: [String] = [], cores: Double = 1, each: Int? = nil) -> Step {
        var step = Step(
            name: name, code: "1", inputs: Dictionary(uniqueKeysWithValues: reads.map { ($0, .output(step: $0, name: "out")) }),
            parameters: [:], environment: [:]
        ) { _ in StepResult(outputs: [:]) }
        step.demand.cores = cores
        if let each { step.fanOuts = [FanOut(key: "n", values: .list((0..<each).map(String.init)))] }
        return step
    }

    private static let now = Timestamp(microseconds: 0)

    /// Begins a run, and finds all stale that is looked at.
    private static func engine(_ steps: [Step], cores: Double, seconds: Double?) throws -> RunEngine {
        let capacity = Resources(cores: cores, memoryBytes: 1 << 40)
        var engine = RunEngine(try StepGraph(steps), capacity: capacity) { _ in seconds }
        for action in engine.handle(.began, at: now) {
            guard case .prepare(let ids) = action else { continue }
            for id in ids {
                let cores = steps.first { $0.name == id.step }?.demand.cores ?? 1
                _ = engine.handle(.prepared([(id, .stale(seconds: seconds, resources: Resources(cores: cores)))]), at: now)
            }
        }
        return engine
    }

    @Test func `what runs, waits and is held is counted, and the first that wait say what for`() throws {
        var engine = try Self.engine(
            [Self.step("part", each: 5), Self.step("all", reads: ["part"]), Self.step("end", reads: ["all"])], cores: 2, seconds: nil)
        let standing = engine.standing()
        #expect(standing.running == 2)
        #expect(standing.waiting == 5)
        #expect(standing.used.cores == 2)
        #expect(!standing.isEstimated)
        #expect(standing.examples.map(\.id.step) == ["part", "part", "part"])
        #expect(standing.examples.allSatisfy { $0.source == "cores" })
        for number in 0..<2 { _ = engine.handle(.succeeded(StepID("part", StepPartition(["n": "\(number)"]))), at: Self.now) }
        let later = engine.standing()
        #expect(later.running == 2)
        #expect(later.waiting == 3)
        #expect(later.examples.contains(RunStanding.Waiting(StepID("all"), for: "3 of 'part'")))
        #expect(later.examples.contains(RunStanding.Waiting(StepID("end"), for: "all")))
    }

    @Test func `who waits for a resource that fails again and again is told of it`() throws {
        var options = RunEngine.Options()
        options.breakers = ["api": CircuitBreaker.Options(failures: 1, pause: .seconds(60))]
        let needs = Resources(cores: 1, named: ["api": 1])
        var engine = RunEngine(
            try StepGraph([Self.step("call", each: 2)]), capacity: Resources(cores: 1, memoryBytes: 1 << 40, named: ["api": 1]),
            options: options
        ) { _ in nil }
        for action in engine.handle(.began, at: Self.now) {
            guard case .prepare(let ids) = action else { continue }
            _ = engine.handle(.prepared(ids.map { ($0, .stale(seconds: nil, resources: needs)) }), at: Self.now)
        }
        #expect(engine.standing().examples.map(\.source) == ["cores"])
        _ = engine.handle(.failed(StepID("call", StepPartition(["n": "0"])), StepFailure(.exit, "down")), at: Self.now)
        #expect(engine.standing().examples.map(\.source) == ["'api', which failed"])
    }

    @Test func `the way to the end is known where most steps' time is`() throws {
        var engine = try Self.engine(
            [Self.step("a"), Self.step("b", reads: ["a"]), Self.step("c", reads: ["b"]), Self.step("alone")], cores: 1, seconds: 10)
        let standing = engine.standing()
        #expect(standing.isEstimated)
        #expect(standing.waitingSeconds == 10, "what is ready and does not run is 'alone'")
        #expect(engine.outlook(of: StepID("a"))?.seconds == 10)
        #expect(engine.outlook(of: StepID("a"))?.restSeconds == 20)
        #expect(engine.outlook(of: StepID("other")) == nil)
    }

    @Test func `at the end nothing runs, waits or is held`() throws {
        var engine = try Self.engine([Self.step("a")], cores: 1, seconds: 1)
        _ = engine.handle(.succeeded(StepID("a")), at: Self.now)
        let standing = engine.standing()
        #expect(standing.running == 0)
        #expect(standing.waiting == 0)
        #expect(standing.used == .none)
        #expect(standing.examples.isEmpty)
    }
}
