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

    @Test func `one address takes few of the places in which passwords wait`() throws {
        let queue = HashingQueue()
        for _ in 0..<HashingQueue.addressPlaceCountMax { try queue.enter("10.0.0.1") }
        let error = #expect(throws: MartletError.self) { try queue.enter("10.0.0.1") }
        #expect(error?.code == .overloaded)
        try queue.enter("10.0.0.2")
        queue.leave("10.0.0.1")
        try queue.enter("10.0.0.1")
    }

    @Test func `all addresses together take no more than all places`() throws {
        let queue = HashingQueue()
        for place in 0..<HashingQueue.placeCountMax { try queue.enter("10.0.0.\(place)") }
        #expect(throws: MartletError.self) { try queue.enter("10.0.1.0") }
        queue.leave("10.0.0.0")
        try queue.enter("10.0.1.0")
    }
}
