import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

struct AccessStoreTests {
    private static let boss = AccessStore.Actor("boss", address: "127.0.0.1")
    private static let password = "correct horse"

    /// Runs a body with a store whose passwords cost nothing.
    private func withAccess<Result>(
        _ kind: DatabaseKind, clock: HandClock = HandClock(), _ body: (AccessStore, any SQLDatabase) async throws -> Result
    ) async throws -> Result {
        let cost = try #require(PasswordHash.Cost(memoryExponent: 2))
        return try await kind.withDatabase { database in
            let time = clock.options.clock
            return try await body(try await AccessStore(database, passwordCost: cost, clock: time), database)
        }
    }

    private func signIn(_ store: AccessStore, _ user: String, _ password: String) async throws -> Principal? {
        try await store.signIn(.password(user: user, password), from: "127.0.0.1")
    }

    // MARK: Signing in

    @Test(arguments: DatabaseKind.all)
    func `a user is let in with their password and nobody else's`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("ann", password: Self.password, role: .write, by: Self.boss)
            try await store.addUser("bob", password: "another horse", isAdministrator: true, by: Self.boss)
            #expect(try await signIn(store, "ann", Self.password) == Principal(name: "ann", role: .write))
            #expect(try await signIn(store, "bob", Self.password) == nil)
            #expect(try await signIn(store, "cem", Self.password) == nil)
            #expect(try await signIn(store, "bob", "another horse")?.isAdministrator == true)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `who was let in is known, until their password changes`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("ann", password: Self.password, by: Self.boss)
            let credentials = Credentials.password(user: "ann", Self.password)
            #expect(store.known(credentials) == nil)
            _ = try await store.signIn(credentials, from: "127.0.0.1")
            #expect(store.known(credentials)?.name == "ann")
            try await store.setPassword("a new horse", of: "ann", by: Self.boss)
            #expect(store.known(credentials) == nil)
            #expect(try await store.signIn(credentials, from: "127.0.0.1") == nil)
            #expect(try await signIn(store, "ann", "a new horse")?.name == "ann")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a user without a password has none that lets in`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("robot", password: nil, by: Self.boss)
            #expect(try await signIn(store, "robot", "") == nil)
            #expect(try await signIn(store, "robot", "somebody unknown") == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `without users everybody is let in, unless somebody has to be`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { open, database in
            let closed = try await AccessStore(database, isRequired: true)
            #expect(try await open.signIn(nil, from: "") == .everybody)
            #expect(open.known(nil) == .everybody)
            #expect(try await closed.signIn(nil, from: "") == nil)
            try await open.addUser("ann", password: nil, by: Self.boss)
            #expect(open.known(nil) == nil)
            #expect(try await open.signIn(nil, from: "") == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `who guesses has to wait, at their own address alone`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("ann", password: Self.password, by: Self.boss)
            for guess in 0..<6 { _ = try await signIn(store, "ann", "guess number \(guess)") }
            let error = await #expect(throws: MartletError.self) { try await signIn(store, "ann", Self.password) }
            #expect(error?.code == .overloaded)
            #expect(error?.retryAfterSeconds != nil)
            #expect(try await store.signIn(.password(user: "ann", Self.password), from: "127.0.0.2")?.name == "ann")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `of refused sign-ins the latest are kept, and of everything else all`(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let cost = try #require(PasswordHash.Cost(memoryExponent: 2))
            let store = try await AccessStore(database, passwordCost: cost, noteCountMax: 3)
            for name in ["ann", "bob"] { try await store.addUser(name, password: nil, by: Self.boss) }
            for guess in 0..<5 { _ = try await signIn(store, "guessed \(guess)", "horse") }
            let events = try await store.events(limit: 100)
            #expect(events.prefix(3).map(\.user) == ["guessed 4", "guessed 3", "guessed 2"])
            #expect(events.dropFirst(3).map(\.subject).count == 2)
        }
    }

    // MARK: Tokens

    @Test(arguments: DatabaseKind.all)
    func `a token lets in as its user until it expires or is removed`(kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await withAccess(kind, clock: clock) { store, _ in
            try await store.addUser("ann", password: nil, role: .admin, by: Self.boss)
            let later = Timestamp(microseconds: 5_000_000)
            let short = try await store.addToken(of: "ann", label: "CI", expiresAt: later, by: Self.boss)
            let long = try await store.addToken(of: "ann", label: "notebook", by: Self.boss)
            #expect(try await store.signIn(.token(short.secret), from: "")?.role == .admin)
            #expect(try await store.signIn(.token(long.secret + "x"), from: "") == nil)
            #expect(try await store.tokens(of: "ann").map(\.label) == ["CI", "notebook"])
            clock.set(6_000)
            try await store.removeToken(long.token.id, by: Self.boss)
            #expect(try await store.signIn(.token(short.secret), from: "") == nil)
            #expect(try await store.signIn(.token(long.secret), from: "") == nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `neither secrets nor passwords are in the database`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, database in
            try await store.addUser("ann", password: Self.password, by: Self.boss)
            let token = try await store.addToken(of: "ann", label: "CI", by: Self.boss)
            let texts = try await database.read { connection in
                try connection.all("SELECT password FROM access_users") { $0.text(0) }
                    + connection.all("SELECT digest FROM access_tokens") { $0.text(0) }
                    + connection.all("SELECT name || action || subject FROM access_events") { $0.text(0) }
            }
            #expect(texts.count == 4)
            #expect(!texts.contains { $0.contains(Self.password) || $0.contains(token.secret) })
        }
    }

    // MARK: Roles

    @Test(arguments: DatabaseKind.all)
    func `what is granted on one thing counts there, and the user's role elsewhere`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("ann", password: Self.password, role: .read, by: Self.boss)
            try await store.grant(.write, to: "ann", on: .experiment(7), by: Self.boss)
            try await store.grant(.none, to: "ann", on: .model("secret"), by: Self.boss)
            let ann = try #require(try await signIn(store, "ann", Self.password))
            #expect(ann.role(on: .experiment(7)) == .write)
            #expect(ann.role(on: .experiment(8)) == .read)
            #expect(ann.role(on: .model("secret")) == .none)
            #expect(ann.role(on: .model("7")) == .read)
            #expect(!ann.readsEverything)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a grant is replaced, follows a model's name, and ends`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, database in
            try await store.addUser("ann", password: nil, by: Self.boss)
            try await store.grant(.write, to: "ann", on: .model("m"), by: Self.boss)
            try await store.grant(.admin, to: "ann", on: .model("m"), by: Self.boss)
            try await database.write { try AccessStore.moveGrants(ofModel: "m", to: "n", in: $0) }
            #expect(try await store.grants(of: "ann") == [.model("n"): .admin])
            try await store.revoke(from: "ann", on: .model("n"), by: Self.boss)
            #expect(try await store.grants(of: "ann").isEmpty)
            await #expect(throws: MartletError.self) { try await store.revoke(from: "ann", on: .model("n"), by: Self.boss) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the last administrator cannot lock everybody out`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("boss", password: Self.password, isAdministrator: true, by: Self.boss)
            try await store.addUser("ann", password: Self.password, by: Self.boss)
            let removal = await #expect(throws: MartletError.self) { try await store.removeUser("boss", by: Self.boss) }
            #expect(removal?.code == .conflict)
            await #expect(throws: MartletError.self) { try await store.setRole(.admin, isAdministrator: false, of: "boss", by: Self.boss) }
            try await store.removeUser("ann", by: Self.boss)
            try await store.removeUser("boss", by: Self.boss)
            #expect(try await store.hasUsers() == false)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a user that is removed takes tokens and grants along`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("boss", password: nil, isAdministrator: true, by: Self.boss)
            try await store.addUser("ann", password: nil, by: Self.boss)
            let token = try await store.addToken(of: "ann", label: "", by: Self.boss)
            try await store.grant(.write, to: "ann", on: .experiment(1), by: Self.boss)
            try await store.removeUser("ann", by: Self.boss)
            #expect(try await store.signIn(.token(token.secret), from: "") == nil)
            try await store.addUser("ann", password: nil, by: Self.boss)
            #expect(try await store.grants(of: "ann").isEmpty)
        }
    }

    @Test(arguments: ["", "with:colon", "line\nbreak", String(repeating: "x", count: 129)])
    func `a name that no header could carry is refused`(name: String) async throws {
        try await withAccess(DatabaseKind.all[0]) { store, _ in
            let error = await #expect(throws: MartletError.self) { try await store.addUser(name, password: nil, by: Self.boss) }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a second user of the same name is refused`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("ann", password: nil, by: Self.boss)
            let error = await #expect(throws: MartletError.self) { try await store.addUser("ann", password: nil, by: Self.boss) }
            #expect(error?.code == .conflict)
        }
    }

    // MARK: Events

    @Test(arguments: DatabaseKind.all)
    func `every change and every refused sign-in is on record`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, _ in
            try await store.addUser("ann", password: Self.password, by: Self.boss)
            try await store.grant(.write, to: "ann", on: .experiment(7), by: Self.boss)
            _ = try await signIn(store, "ann\u{0}" + String(repeating: "x", count: 1_000), "wrong password")
            let events = try await store.events(limit: 10)
            #expect(events.map(\.action) == ["sign-in refused", "role granted", "user added"])
            #expect(events.map(\.user.unicodeScalars.count) == [500, 4, 4])
            #expect(events[1].subject == "ann: write on experiment 7")
        }
    }
}
