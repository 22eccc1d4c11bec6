import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletRegistry

/// What those who are not let in cost those who are.
struct SignInTests {
    private static let boss = AccessStore.Actor("boss")
    private static let address = "127.0.0.1"

    /// Runs a body with a store whose passwords cost nothing, and the token of its user.
    private func withAccess(_ body: (AccessStore, Credentials) async throws -> Void) async throws {
        let cost = try #require(PasswordHash.Cost(memoryExponent: 2))
        try await DatabaseKind.all[0].withDatabase { database in
            let store = try await AccessStore(database, passwordCost: cost)
            try await store.addUser("ann", password: "correct horse", by: Self.boss)
            try await body(store, .token(try await store.addToken(of: "ann", label: "", by: Self.boss).secret))
        }
    }

    @Test func `wrong tokens let nobody of their address wait`() async throws {
        try await withAccess { store, token in
            for guess in 0..<8 {
                let guessed = try await store.signIn(.token("guess \(guess)"), from: Self.address)
                #expect(guessed == nil)
            }
            let known = try await store.signIn(token, from: Self.address)
            #expect(known?.name == "ann")
        }
    }

    @Test(arguments: ["", "a:b", String(repeating: "x", count: 129)])
    func `a name that nobody can have is refused as often as it comes`(name: String) async throws {
        try await withAccess { store, _ in
            for _ in 0..<8 {
                let guessed = try await store.signIn(.password(user: name, "horse"), from: Self.address)
                #expect(guessed == nil)
            }
        }
    }

    @Test func `a record that cannot be written keeps nobody out, lets nobody in, and is told of once`() async throws {
        let cost = try #require(PasswordHash.Cost(memoryExponent: 2))
        try await DatabaseKind.sqlite.withDatabase { database in
            let told = Gathering<String>()
            let store = try await AccessStore(database, passwordCost: cost, report: { told.add($0) })
            try await store.addUser("ann", password: "correct horse", by: Self.boss)
            func signIn(_ password: String) async throws -> String? {
                try await store.signIn(.password(user: "ann", password), from: Self.address)?.name
            }
            let full = """
                CREATE TRIGGER full BEFORE INSERT ON access_events BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
                """
            try await database.write { try $0.execute(full) }
            #expect(try await signIn("a horse") == nil)
            #expect(try await store.signIn(.token("guess"), from: Self.address) == nil)
            #expect(try await signIn("correct horse") == "ann")
            await store.noteDenial(.write, "experiment 0", by: Self.boss)
            #expect(told.take().count == 1)
            // Once there was room, it is news again.
            try await database.write { try $0.execute("DROP TRIGGER full") }
            #expect(try await signIn("another horse") == nil)
            #expect(try await store.events(limit: 1).map(\.action) == ["sign-in refused"])
            try await database.write { try $0.execute(full) }
            #expect(try await signIn("a horse") == nil)
            #expect(told.take().count == 1)
        }
    }

    @Test func `who guesses has to wait also while nothing goes on record`() async throws {
        try await withAccess { store, _ in
            try await store.database.write { try $0.execute("DROP TABLE access_events") }
            for guess in 0..<6 {
                let guessed = try await store.signIn(.password(user: "ann", "guess \(guess)"), from: Self.address)
                #expect(guessed == nil)
            }
            let error = await #expect(throws: MartletError.self) {
                try await store.signIn(.password(user: "ann", "correct horse"), from: Self.address)
            }
            #expect(error?.code == .overloaded)
        }
    }

    @Test func `one address takes few of the places in which passwords wait`() throws {
        let queue = HashingQueue()
        for _ in 0..<HashingQueue.addressPlaceCountMax { try queue.enter("10.0.0.1") }
        let error = #expect(throws: MartletError.self) { try queue.enter("10.0.0.1") }
        #expect(error?.code == .overloaded)
        try queue.enter("10.0.0.2")
        queue.leave("10.0.0.1")
        try queue.enter("10.0.0.1")
    }

    @Test(arguments: [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:DB8:1:2:0:0:0:1", true),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false), ("::ffff:10.0.0.1", "10.0.0.1", true),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", false), ("fe80::1%eth0", "fe80::2", true), ("10.0.0.1", "10.0.0.2", false),
        ("", "unknown", false),
    ])
    func `who has a network of addresses counts as one`(one: String, other: String, isOne: Bool) throws {
        #expect((AddressGroup(one) == AddressGroup(other)) == isOne)
        let queue = HashingQueue()
        for _ in 0..<HashingQueue.addressPlaceCountMax { try queue.enter(one) }
        let taken = (try? queue.enter(other)) == nil  // overloaded
        #expect(taken == isOne)
        let signIns = SignIns()
        for _ in 0...SignIns.freeGuessCount { signIns.noteFailure("ann", from: one) }
        let waits = (try? signIns.check("ann", from: other)) == nil  // overloaded
        #expect(waits == isOne)
        signIns.noteSuccess("ann", from: one)
        try signIns.check("ann", from: other)
    }

    @Test func `all addresses together take no more than all places`() throws {
        let queue = HashingQueue()
        for place in 0..<HashingQueue.placeCountMax { try queue.enter("10.0.0.\(place)") }
        #expect(throws: MartletError.self) { try queue.enter("10.0.1.0") }
        queue.leave("10.0.0.0")
        try queue.enter("10.0.1.0")
    }
}
