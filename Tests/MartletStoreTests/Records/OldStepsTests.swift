import GRDB
import MartletCore
import Testing

@testable import MartletStore

struct OldStepsTests {
    private let fixture: RecordsFixture

    init() throws { fixture = try RecordsFixture() }

    @Test func `executions of the first schema come in their order, and go when they were moved`() throws {
        let (key, output) = (Digest(of: "k"), Digest(of: "m"))
        for number in 1...3 {
            try fixture.execute(
                """
                INSERT INTO step_executions VALUES (\(number), 'train', '\(Digest(of: "\(number)"))', '{"code":"1"}',
                                                    '{"model":"\(output)"}', '{"rows":3}', \(number), 9)
                """)
        }
        #expect(try fixture.store.hasOldExecutions())
        let old = try fixture.store.oldExecutions()
        #expect(old.map(\.sequence) == [1, 2, 3])
        #expect(old[0].step == "train" && old[0].keyParts == ["code": "1"] && old[0].outputs == ["model": output])
        #expect(old[0].summary == ["rows": 3] && old[0].startedAt == Timestamp(microseconds: 1) && old[0].key != key)
        try fixture.store.removeOldExecutions(through: 2)
        #expect(try fixture.store.oldExecutions().map(\.sequence) == [3])
        try fixture.store.removeOldExecutions(through: 3)
        #expect(try !fixture.store.hasOldExecutions())
    }
}
