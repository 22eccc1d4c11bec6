import MartletCore
import MartletStore

extension AccessStore {
    /// The longest name, in code points.
    package static let nameLengthMax = 128

    /// Whether there is anybody to let in; where not, access is open.
    package func hasUsers() async throws -> Bool {
        try await database.read { try $0.exists("SELECT 1 FROM access_users LIMIT 1") }
    }

    /// Adds a user. - Parameter password: `nil` for one who only has tokens.
    /// - Throws: `invalidInput` for a name or password that is not allowed, `conflict` where there is a user of that name.
    @discardableResult
    package func addUser(
        _ name: String, password: String?, role: Role = .read, isAdministrator: Bool = false, by actor: Actor
    ) async throws -> User {
        try Self.check(name: name)
        let hash = try await passwordText(password, for: actor)
        let user = User(name: name, isAdministrator: isAdministrator, role: role, createdAt: clock())
        return try await change("user added", "\(name): \(isAdministrator ? "administrator" : "\(role)")", by: actor) { connection in
            guard try connection.number(ofUser: name) == nil else {
                throw MartletError(.conflict, "there is a user '\(name)' already; choose another name")
            }
            guard try connection.count("access_users", "TRUE") < Self.userCountMax else {
                throw MartletError(.limitExceeded, "there are \(Self.userCountMax) users, which is the limit; remove some")
            }
            try connection.execute(
                "INSERT INTO access_users (name, password, is_administrator, role, created_at) VALUES (?, ?, ?, ?, ?)",
                [.text(name), .optional(hash), .flag(isAdministrator), .integer(role.rawValue), .time(user.createdAt)])
            return user
        }
    }

    /// All users by name.
    package func users() async throws -> [User] {
        try await database.read { connection in
            try connection.all("SELECT name, is_administrator, role, created_at FROM access_users ORDER BY name") { row in
                User(
                    name: row.text(0), isAdministrator: row.flag(1), role: Role(stored: row.integer(2)),
                    createdAt: Timestamp(milliseconds: row.integer(3)))
            }
        }
    }

    /// Gives a user another password; `nil` takes it away. - Throws: `notFound`, `invalidInput`.
    package func setPassword(_ password: String?, of name: String, by actor: Actor) async throws {
        let hash = try await passwordText(password, for: actor)
        try await change("password set", name, by: actor) { connection in
            let user = try connection.requiredNumber(ofUser: name)
            try connection.execute(
                "UPDATE access_users SET password = ? WHERE number = ?", [.optional(hash), .integer(user)])
        }
    }

    /// Says what a user may do where nothing else is granted. - Throws: `notFound`; `conflict` for the last administrator.
    package func setRole(_ role: Role, isAdministrator: Bool, of name: String, by actor: Actor) async throws {
        try await change("role set", "\(name): \(isAdministrator ? "administrator" : "\(role)")", by: actor) { connection in
            let user = try connection.requiredNumber(ofUser: name)
            if !isAdministrator { try connection.requireAdministrator(beside: user) }
            try connection.execute(
                "UPDATE access_users SET role = ?, is_administrator = ? WHERE number = ?",
                [.integer(role.rawValue), .flag(isAdministrator), .integer(user)])
        }
    }

    /// Removes a user with tokens and grants. - Throws: `notFound`; `conflict` for the last administrator beside other users.
    package func removeUser(_ name: String, by actor: Actor) async throws {
        try await change("user removed", name, by: actor) { connection in
            let user = try connection.requiredNumber(ofUser: name)
            try connection.requireAdministrator(beside: user)
            for table in ["access_tokens", "access_grants"] {
                try connection.execute("DELETE FROM \(table) WHERE owner = ?", [.integer(user)])
            }
            try connection.execute("DELETE FROM access_users WHERE number = ?", [.integer(user)])
        }
    }

    /// Whether a text can be a name, which a header of basic authentication has to carry before a colon.
    static func isName(_ text: String) -> Bool {
        (1...nameLengthMax).contains(text.unicodeScalars.count)
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != ":" && $0.value != 0x7F }
    }

    private static func check(name: String) throws {
        guard isName(name) else {
            throw MartletError(
                .invalidInput,
                "user name '\(name.prefix(40))': expected 1 to \(nameLengthMax) characters without ':' and control characters")
        }
    }

    private func passwordText(_ password: String?, for actor: Actor) async throws -> String? {
        guard let password else { return nil }
        let cost = passwordCost
        return try await signIns.hashing.run(for: actor.address) { try PasswordHash(of: password, cost: cost).description }
    }
}

extension SQLConnection {
    func number(ofUser name: String) throws -> Int64? {
        try first("SELECT number FROM access_users WHERE name = ?", [.text(name)]) { $0.integer(0) }
    }

    /// How many rows of a table there are with a condition. Both are words of the program.
    func count(_ table: String, _ condition: String, _ values: [SQLValue] = []) throws -> Int {
        try first("SELECT COUNT(*) FROM \(table) WHERE \(condition)", values) { Int($0.integer(0)) } ?? 0
    }

    func requiredNumber(ofUser name: String) throws -> Int64 {
        guard let number = try number(ofUser: name) else {
            throw MartletError(.notFound, "there is no user '\(name.prefix(80))'; 'martlet users list' shows all")
        }
        return number
    }

    /// Sees to it that nobody locks everybody out: while there are other users, one of them has to be an administrator.
    fileprivate func requireAdministrator(beside user: Int64) throws {
        let others = try exists("SELECT 1 FROM access_users WHERE number <> ? LIMIT 1", [.integer(user)])
        let administrators = try exists(
            "SELECT 1 FROM access_users WHERE number <> ? AND is_administrator = 1 LIMIT 1", [.integer(user)])
        guard !others || administrators else {
            throw MartletError(.conflict, "this is the last administrator; make another user one first")
        }
    }
}
