import MartletCore
import MartletStore
import Testing

struct RouteRecordsTests {
    let store: RecordStore
    let releases: [Digest]
    private let fixture: RecordsFixture

    init() throws {
        let fixture = try RecordsFixture()
        self.fixture = fixture
        store = fixture.store
        releases = try (0..<3).map { try fixture.release($0) }
    }

    @discardableResult
    private func move(
        _ number: Int, at second: Int, action: RouteMove.Action = .deploy,
        expecting expected: RouteExpectation = .anything
    ) throws -> RouteMove {
        try store.move(
            endpoint: "price", to: releases[number], action: action, by: "ann", reason: "because", at: .second(second),
            expecting: expected
        )
    }

    @Test func `an endpoint without moves points nowhere`() throws {
        #expect(try store.current(endpoint: "price") == nil)
        #expect(try store.moves(endpoint: "price").isEmpty)
    }

    @Test func `the pointer is the last move, and moves are a chain`() throws {
        let first = try move(0, at: 1, expecting: .nothing)
        let second = try move(1, at: 2, expecting: .release(releases[0]))
        let back = try move(0, at: 3, action: .rollback, expecting: .release(releases[1]))
        #expect(try store.current(endpoint: "price") == back)
        #expect(try store.moves(endpoint: "price") == [first, second, back])
        #expect([first, second, back].map(\.previous) == [nil, releases[0], releases[1]])
    }

    @Test func `a move that expects another pointer is refused and changes nothing`() throws {
        #expect(code(of: { try move(0, at: 1, expecting: .release(releases[1])) }) == .conflict)
        try move(0, at: 1)
        #expect(code(of: { try move(1, at: 2, expecting: .nothing) }) == .conflict)
        #expect(code(of: { try move(1, at: 2, expecting: .release(releases[2])) }) == .conflict)
        #expect(try store.current(endpoint: "price")?.release == releases[0])
    }

    @Test func `a release that is not registered cannot be routed`() {
        #expect(
            code(of: {
                try store.move(
                    endpoint: "price", to: Digest(of: "none"), action: .deploy, by: "a", reason: "r", at: .second(1),
                    expecting: .anything
                )
            }) == .notFound
        )
    }

    @Test(arguments: [(0, nil), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (99, 2)] as [(Int, Int?)])
    func `the pointer at a time is the last move up to then`(_ second: Int, _ number: Int?) throws {
        try move(0, at: 1)
        try move(1, at: 3)
        try move(2, at: 5)
        #expect(try store.pointer(endpoint: "price", at: .second(second))?.release == number.map { releases[$0] })
    }

    @Test func `a clock that goes back does not reorder moves`() throws {
        try move(0, at: 10)
        #expect(try move(1, at: 4).at == .second(10))
        #expect(try store.pointer(endpoint: "price", at: .second(9)) == nil)
        #expect(try store.pointer(endpoint: "price", at: .second(10))?.release == releases[1])
    }

    @Test func `endpoints do not touch one another`() throws {
        try move(0, at: 10)
        let other = try store.move(
            endpoint: "other", to: releases[1], action: .deploy, by: "a", reason: "r", at: .second(1),
            expecting: .nothing
        )
        #expect(other.at == .second(1))
        #expect(try store.current(endpoint: "price")?.release == releases[0])
    }

    @Test func `moves by eight stores at once make one chain`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { [path = fixture.path, releases] in
                    let store = try RecordStore(path: path)
                    for round in 0..<5 { try Self.moveOnce(store, releases[(task + round) % 3]) }
                }
            }
            try await group.waitForAll()
        }
        let moves = try store.moves(endpoint: "price")
        #expect(moves.count == 40)
        #expect(moves.map(\.previous) == [nil] + moves.dropLast().map(\.release))
        #expect(moves.map(\.at) == moves.map(\.at).sorted())
    }

    /// Tries until nobody else moved in between; each failed try means that another one succeeded.
    private static func moveOnce(_ store: RecordStore, _ release: Digest) throws {
        for _ in 0..<40 {
            let current = try store.current(endpoint: "price")?.release
            do {
                _ = try store.move(
                    endpoint: "price", to: release, action: .deploy, by: "a", reason: "r", at: .now,
                    expecting: current.map(RouteExpectation.release) ?? .nothing
                )
                return
            } catch let error as MartletError where error.code == .conflict {
                continue
            }
        }
        Issue.record("no move succeeded in forty tries")
    }
}
