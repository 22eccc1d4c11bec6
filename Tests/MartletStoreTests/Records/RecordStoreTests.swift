import Foundation
import GRDB
import MartletCore
import MartletStore
import Testing

struct RecordStoreTests {
    let fixture: RecordsFixture

    init() throws { fixture = try RecordsFixture() }

    @Test func `the change counter moves with another store's commit and stays otherwise`() throws {
        let other = try RecordStore(path: fixture.path)
        let before = try fixture.store.changeCounter()
        #expect(try fixture.store.changeCounter() == before)
        _ = try other.register(Digest(of: ["n": 1] as JSONValue), name: "n", run: nil, manifest: ["n": 1], at: .second(0))
        let after = try fixture.store.changeCounter()
        #expect(after != before)
        #expect(try fixture.store.changeCounter() == after)
    }

    @Test func `records are there after reopening`() throws {
        let release = try fixture.release(1)
        try fixture.store.close()
        #expect(try RecordStore(path: fixture.path).release(release)?.name == "demand")
    }

    @Test func `the file of a newer martlet is refused`() throws {
        try fixture.execute("INSERT INTO grdb_migrations VALUES ('999')")
        #expect(code(of: { try RecordStore(path: fixture.path) }) == .invalidInput)
    }

    @Test func `a file that is no database is corrupt`() throws {
        try fixture.folder.write(String(repeating: "no database ", count: 1_000), to: "other.sqlite")
        #expect(code(of: { try RecordStore(path: fixture.folder.file("other.sqlite")) }) == .corrupt)
    }

    @Test func `a folder that is missing is refused`() {
        #expect(code(of: { try RecordStore(path: fixture.folder.file("none/records.sqlite")) }) == .notFound)
    }

    @Test func `many stores may open and write one new file at once`() async throws {
        let path = fixture.folder.file("shared.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask {
                    let store = try RecordStore(path: path)
                    for number in 0..<5 {
                        let manifest: JSONValue = ["release": .string("\(writer)-\(number)")]
                        _ = try store.register(Digest(of: manifest), name: "n", run: nil, manifest: manifest, at: .second(number))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try RecordStore(path: path).releases(name: "n").map(\.version) == Array(1...30))
    }

    @Test func `a value of the wrong form is corrupt and does not trap`() throws {
        _ = try fixture.release(1)
        try fixture.execute("INSERT INTO step_executions VALUES (1, 's', 'no digest', '{}', '{}', '{}', 1, 2)")
        #expect(code(of: { try fixture.store.oldExecutions() }) == .corrupt)
    }

    @Test func `commits are durable against loss of power`() throws {
        #expect(try fixture.store.synchronousMode() == 2)
    }

    @Test func `a file of the first schema is opened with all its records`() throws {
        let path = fixture.folder.file("old.sqlite")
        try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: RecordsVersion1.sql) }
        let store = try RecordStore(path: path)
        let digest = try #require(Digest(RecordsVersion1.release))
        #expect(try store.oldExecutions().last?.outputs == ["model": Digest(of: "m")])
        let run = try #require(try store.firstOldRun())
        #expect(run.id == "r1" && run.status == "running" && run.parameters == ["rate": "0.1"])
        #expect(run.metrics.map(\.key) == ["rmse"] && run.metrics[0].value.isNaN)
        try store.removeOldRun(run.id)
        #expect(try store.firstOldRun() == nil)
        #expect(try store.release(name: "demand", version: 1)?.digest == digest)
        #expect(try store.current(endpoint: "price")?.release == digest)
        let time = try #require(Timestamp("2024-01-03"))
        #expect(try store.activations(endpoint: "price", at: time).map(\.release) == [digest])
    }
}
