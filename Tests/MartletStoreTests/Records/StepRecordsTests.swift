import MartletCore
import MartletStore
import Testing

struct StepRecordsTests {
    let store: RecordStore
    private let fixture: RecordsFixture

    init() throws {
        fixture = try RecordsFixture()
        store = fixture.store
    }

    private func execution(_ step: String, _ key: String, summary: JSONValue = ["rows": 3]) -> StepExecution {
        StepExecution(
            step: step, key: Digest(of: key),
            keyParts: ["code": "c", "environment": "e", "inputs": ["a": "b"], "parameters": ["rate": 0.5]],
            outputs: ["model": Digest(of: "m"), "report": Digest(of: "r")], summary: summary,
            startedAt: .second(1), finishedAt: .second(2)
        )
    }

    @Test func `an execution comes back by its step and key`() throws {
        let execution = execution("train", "k")
        try store.record(execution)
        #expect(try store.execution(step: "train", key: Digest(of: "k")) == execution)
    }

    @Test func `another step or key has no execution`() throws {
        try store.record(execution("train", "k"))
        #expect(try store.execution(step: "train", key: Digest(of: "other")) == nil)
        #expect(try store.execution(step: "other", key: Digest(of: "k")) == nil)
        #expect(try store.lastExecution(step: "other") == nil)
    }

    @Test func `recording the same key again replaces`() throws {
        try store.record(execution("train", "k"))
        try store.record(execution("train", "k", summary: ["rows": 4]))
        #expect(try store.execution(step: "train", key: Digest(of: "k"))?.summary == ["rows": 4])
    }

    @Test func `the last execution is the one recorded last`() throws {
        for key in ["a", "b", "a"] { try store.record(execution("train", key)) }
        #expect(try store.lastExecution(step: "train")?.key == Digest(of: "a"))
    }
}
