import MartletCore
import MartletStore
import Testing

struct ActivationRecordsTests {
    let store: RecordStore
    let releases: [Digest]
    private let fixture: RecordsFixture

    init() throws {
        let fixture = try RecordsFixture()
        self.fixture = fixture
        store = fixture.store
        releases = try (0..<2).map { try fixture.release($0) }
    }

    private func answering(at second: Int, endpoint: String = "price") throws -> [Digest] {
        try store.activations(endpoint: endpoint, at: .second(second)).map(\.release)
    }

    private func activate(_ number: Int, _ process: String, at second: Int, endpoint: String = "price") throws {
        _ = try store.activate(endpoint: endpoint, release: releases[number], process: process, at: .second(second))
    }

    @Test func `a process answers with one release at a time`() throws {
        try activate(0, "p", at: 10)
        try activate(1, "p", at: 20)
        try store.deactivate(process: "p", at: .second(30))
        #expect(try answering(at: 9).isEmpty)
        #expect(try answering(at: 10) == [releases[0]])
        #expect(try answering(at: 19) == [releases[0]])
        #expect(try answering(at: 20) == [releases[1]])
        #expect(try answering(at: 29) == [releases[1]])
        #expect(try answering(at: 30).isEmpty)
    }

    @Test func `several processes answer at once`() throws {
        try activate(0, "p", at: 10)
        try activate(1, "q", at: 11)
        #expect(try answering(at: 12) == releases)
        try store.deactivate(process: "p", at: .second(12))
        #expect(try answering(at: 12) == [releases[1]])
    }

    @Test func `a process answers several endpoints and ends them together`() throws {
        try activate(0, "p", at: 10)
        try activate(1, "p", at: 11, endpoint: "other")
        #expect(try answering(at: 12) == [releases[0]])
        try store.deactivate(process: "p", at: .second(13))
        #expect(try answering(at: 13).isEmpty)
        #expect(try answering(at: 13, endpoint: "other").isEmpty)
    }

    @Test func `a process that ended without a word counts until its last sign of life and the grace`() throws {
        try activate(0, "p", at: 10)
        #expect(try answering(at: 15) == [releases[0]])
        #expect(try answering(at: 16).isEmpty)
        try store.heartbeat(process: "p", at: .second(40))
        try store.heartbeat(process: "p", at: .second(30))
        #expect(try answering(at: 45) == [releases[0]])
        #expect(try answering(at: 46).isEmpty)
    }

    @Test func `a sign of life does not revive what was ended`() throws {
        try activate(0, "p", at: 10)
        try store.deactivate(process: "p", at: .second(12))
        try store.heartbeat(process: "p", at: .second(40))
        #expect(try answering(at: 40).isEmpty)
    }

    @Test func `a clock that goes back ends an activation when it began`() throws {
        try activate(0, "p", at: 10)
        try activate(1, "p", at: 5)
        #expect(try answering(at: 10) == [releases[1]])
        #expect(try store.activations(endpoint: "price", at: .second(5)).first?.from == .second(5))
    }

    @Test func `a release that is not registered cannot answer`() {
        #expect(
            code(of: { try store.activate(endpoint: "e", release: Digest(of: "none"), process: "p", at: .second(1)) })
                == .notFound
        )
    }

    @Test func `a server that never left the version before answers from it after a rollback, once it has given a sign`() throws {
        func move(_ number: Int, at second: Int) throws -> RouteMove {
            try store.move(
                endpoint: "price", to: releases[number], action: .rollback, by: "ann", reason: "", at: .second(second), expecting: .anything
            )
        }
        func follows(_ move: RouteMove, at second: Int) throws -> Bool {
            try store.activations(endpoint: "price", at: .second(second)).contains { $0.follows(move) }
        }
        try activate(0, "p", at: 10)
        let newer = try move(1, at: 11)
        #expect(try !follows(newer, at: 12))
        let back = try move(0, at: 12)
        #expect(try !follows(back, at: 13))
        try store.heartbeat(process: "p", at: .second(13))
        #expect(try follows(back, at: 13))
        #expect(try !follows(newer, at: 13))
        try activate(1, "p", at: 14)
        #expect(try follows(newer, at: 14))
        #expect(try !follows(back, at: 14))
    }
}
