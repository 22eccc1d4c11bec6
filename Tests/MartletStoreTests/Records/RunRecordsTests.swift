import MartletCore
import MartletStore
import Testing

struct RunRecordsTests {
    let store: RecordStore
    private let fixture: RecordsFixture

    init() throws {
        fixture = try RecordsFixture()
        store = fixture.store
        _ = try store.createRun(experiment: "pricing", name: "first", id: "r1", at: .second(1))
    }

    @Test func `a new run is running`() throws {
        let run = try store.run("r1")
        #expect(run?.status == .running)
        #expect(run?.startedAt == .second(1))
        #expect(run?.endedAt == nil)
        #expect(try store.experiments() == ["pricing"])
    }

    @Test func `an identifier is used once`() {
        #expect(code(of: { try store.createRun(experiment: "x", name: "n", id: "r1", at: .second(2)) }) == .conflict)
    }

    @Test func `runs come newest first, up to the limit`() throws {
        for number in 2...5 {
            _ = try store.createRun(experiment: "pricing", name: "n", id: "r\(number)", at: .second(0))
        }
        #expect(try store.runs(experiment: "pricing", limit: 3).map(\.id) == ["r5", "r4", "r3"])
        #expect(try store.runs(experiment: "pricing", limit: -1).isEmpty)
        #expect(try store.runs(experiment: "other", limit: 3).isEmpty)
    }

    @Test(arguments: [Run.Status.finished, .failed, .killed])
    func `a run ends once`(_ status: Run.Status) throws {
        try store.finish(run: "r1", status: status, at: .second(9))
        try store.finish(run: "r1", status: status, at: .second(10))
        #expect(try store.run("r1")?.status == status)
        #expect(try store.run("r1")?.endedAt == .second(9))
    }

    @Test func `a run does not end in two ways, nor as running`() throws {
        #expect(code(of: { try store.finish(run: "r1", status: .running, at: .second(9)) }) == .invalidInput)
        try store.finish(run: "r1", status: .finished, at: .second(9))
        #expect(code(of: { try store.finish(run: "r1", status: .killed, at: .second(9)) }) == .conflict)
    }

    @Test func `an unknown run is not found by any write`() {
        #expect(code(of: { try store.finish(run: "none", status: .finished, at: .second(9)) }) == .notFound)
        #expect(code(of: { try store.log(parameters: ["a": "1"], run: "none") }) == .notFound)
        #expect(code(of: { try store.log(metrics: [], run: "none") }) == .notFound)
        #expect(code(of: { try store.setTag("a", to: "1", run: "none") }) == .notFound)
    }

    @Test func `the same parameter twice is fine`() throws {
        try store.log(parameters: ["rate": "0.1"], run: "r1")
        try store.log(parameters: ["rate": "0.1", "depth": "3"], run: "r1")
        #expect(try store.parameters(run: "r1") == ["rate": "0.1", "depth": "3"])
    }

    @Test func `a changed parameter is a conflict and nothing of the call is kept`() throws {
        try store.log(parameters: ["rate": "0.1"], run: "r1")
        #expect(code(of: { try store.log(parameters: ["rate": "0.2", "depth": "3"], run: "r1") }) == .conflict)
        #expect(try store.parameters(run: "r1") == ["rate": "0.1"])
    }

    @Test func `tags are replaced`() throws {
        try store.setTag("who", to: "a", run: "r1")
        try store.setTag("who", to: "b", run: "r1")
        #expect(try store.tags(run: "r1") == ["who": "b"])
    }

    @Test func `NaN and infinities are kept`() throws {
        let metrics = [Double.nan, .infinity, -.infinity, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
            .enumerated().map { Metric(key: "loss", value: $1, step: $0, at: .second($0)) }
        try store.log(metrics: metrics, run: "r1")
        #expect(try store.metricHistory(run: "r1", key: "loss") == metrics)
    }

    @Test func `the latest metric is of the highest step, then the latest, then the last logged`() throws {
        func metric(_ value: Double, _ step: Int, _ second: Int) -> Metric {
            Metric(key: "loss", value: value, step: step, at: .second(second))
        }
        try store.log(metrics: [metric(1, 5, 1), metric(2, 5, 1), metric(3, 4, 9), metric(4, 5, 0)], run: "r1")
        #expect(try store.metrics(run: "r1") == ["loss": metric(2, 5, 1)])
        #expect(try store.metricHistory(run: "r1", key: "loss").map(\.value) == [3, 4, 1, 2])
    }

    @Test func `more than the limit in a call is refused`() throws {
        let metrics = (0...RecordStore.logCountMax).map { Metric(key: "m", value: 0, step: $0, at: .second(0)) }
        #expect(code(of: { try store.log(metrics: metrics, run: "r1") }) == .limitExceeded)
        try store.log(metrics: metrics.dropLast(), run: "r1")
        #expect(try store.metricHistory(run: "r1", key: "m").count == RecordStore.logCountMax)
    }
}
