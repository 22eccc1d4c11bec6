import MartletCore
import MartletStore
import Testing

struct ReleaseRecordsTests {
    let store: RecordStore
    private let fixture: RecordsFixture

    init() throws {
        fixture = try RecordsFixture()
        store = fixture.store
    }

    @Test func `versions of a name count from one`() throws {
        for number in 1...3 { _ = try fixture.release(number) }
        let other: JSONValue = ["model": "other"]
        #expect(
            try store.register(Digest(of: other), name: "other", run: nil, manifest: other, at: .second(0)).version == 1
        )
        #expect(try store.releases(name: "demand").map(\.version) == [1, 2, 3])
    }

    @Test func `a release comes back by digest and by version`() throws {
        let digest = try fixture.release(1)
        let record = try #require(try store.release(digest))
        #expect(record.manifest == ["model": "demand", "number": 1])
        #expect(try store.release(name: "demand", version: 1) == record)
        #expect(try store.release(name: "demand", version: 2) == nil)
        #expect(try store.release(Digest(of: "none")) == nil)
    }

    @Test func `registering the same release again returns the first record`() throws {
        let manifest: JSONValue = ["model": "demand"]
        let digest = Digest(of: manifest)
        let first = try store.register(digest, name: "demand", run: nil, manifest: manifest, at: .second(1))
        #expect(try store.register(digest, name: "demand", run: nil, manifest: manifest, at: .second(2)) == first)
        #expect(try store.releases(name: "demand") == [first])
    }

    @Test func `the same release under another name is a conflict`() throws {
        let manifest: JSONValue = ["model": "demand"]
        let digest = Digest(of: manifest)
        _ = try store.register(digest, name: "demand", run: nil, manifest: manifest, at: .second(1))
        #expect(
            code(of: { try store.register(digest, name: "other", run: nil, manifest: manifest, at: .second(1)) })
                == .conflict
        )
    }

    @Test func `a manifest with another digest is refused`() {
        #expect(
            code(of: { try store.register(Digest(of: "x"), name: "demand", run: nil, manifest: [:], at: .second(1)) })
                == .corrupt
        )
    }

    @Test(arguments: [
        "UPDATE releases SET name = 'x'", "DELETE FROM releases",
        "PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO releases SELECT * FROM releases",
        "UPDATE route_moves SET reason = 'x'", "DELETE FROM route_moves",
    ])
    func `releases and moves cannot be changed or removed`(_ sql: String) throws {
        let digest = try fixture.release(1)
        _ = try store.move(
            endpoint: "e", to: digest, action: .deploy, by: "a", reason: "r", at: .second(1), expecting: .nothing
        )
        #expect(throws: (any Error).self) { try fixture.execute(sql) }
        #expect(try store.release(digest)?.name == "demand")
    }

    @Test func `a manifest altered in the file is corrupt`() throws {
        let digest = try fixture.release(1)
        try fixture.execute("DROP TRIGGER releases_refuse_update; UPDATE releases SET manifest = '{}'")
        #expect(code(of: { try store.release(digest) }) == .corrupt)
        #expect(code(of: { try store.releases(name: "demand") }) == .corrupt)
    }

    @Test func `a manifest with whole numbers keeps its digest`() throws {
        let manifest: JSONValue = ["rmse": 2.0, "big": 1e20, "zero": -0.0]
        let record = try store.register(
            Digest(of: manifest), name: "demand", run: nil, manifest: manifest, at: .second(1))
        #expect(try store.release(record.digest)?.digest == Digest(of: manifest))
    }

    @Test func `versions registered by many tasks have no gaps`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...16 { group.addTask { [fixture] in _ = try fixture.release(number) } }
            try await group.waitForAll()
        }
        #expect(try store.releases(name: "demand").map(\.version) == Array(1...16))
    }
}
