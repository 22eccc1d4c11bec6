import MartletCore
import MartletStore

extension AccessStore {
    /// Says what a user may do with one thing, whatever their own role is.
    /// - Throws: `notFound`, `limitExceeded`.
    package func grant(_ role: Role, to user: String, on subject: AccessSubject, by actor: Actor) async throws {
        try await change("role granted", "\(user): \(role) on \(subject)", by: actor) { connection in
            let owner = try connection.requiredNumber(ofUser: user)
            guard try connection.count("access_grants", "owner = ?", [.integer(owner)]) < Self.grantCountMax else {
                throw MartletError(.limitExceeded, "'\(user)' has \(Self.grantCountMax) grants, which is the limit; raise their role")
            }
            let (kind, key) = subject.stored
            try connection.execute(
                """
                INSERT INTO access_grants (owner, kind, subject, role) VALUES (?, ?, ?, ?)
                ON CONFLICT (owner, kind, subject) DO UPDATE SET role = excluded.role
                """, [.integer(owner), .integer(kind), .text(key), .integer(role.rawValue)])
        }
    }

    /// Makes those who made something its administrators. Everybody's own things need no grant.
    package func own(_ subject: AccessSubject, by principal: Principal) async throws {
        guard !principal.isAdministrator else { return }
        try await grant(.admin, to: principal.name, on: subject, by: Actor(principal.name))
    }

    /// Takes back what was granted; the user's own role counts again. - Throws: `notFound`.
    package func revoke(from user: String, on subject: AccessSubject, by actor: Actor) async throws {
        try await change("role revoked", "\(user): on \(subject)", by: actor) { connection in
            let owner = try connection.requiredNumber(ofUser: user)
            let (kind, key) = subject.stored
            let count = try connection.execute(
                "DELETE FROM access_grants WHERE owner = ? AND kind = ? AND subject = ?", [.integer(owner), .integer(kind), .text(key)])
            guard count > 0 else { throw MartletError(.notFound, "nothing is granted to '\(user)' on \(subject)") }
        }
    }

    /// What is granted to a user. - Throws: `notFound`.
    package func grants(of user: String) async throws -> [AccessSubject: Role] {
        try await database.read { try $0.grants(ofUser: $0.requiredNumber(ofUser: user)) }
    }

    /// Lets grants follow a model to its new name, or forgets them with it.
    package func moveGrants(ofModel name: String, to newName: String?) async throws {
        try await database.write { connection in
            let old = AccessSubject.model(name).stored
            guard let newName else {
                return try connection.execute(
                    "DELETE FROM access_grants WHERE kind = ? AND subject = ?", [.integer(old.kind), .text(old.key)])
            }
            if newName != name {
                try connection.execute("DELETE FROM access_grants WHERE kind = ? AND subject = ?", [.integer(old.kind), .text(newName)])
            }
            return try connection.execute(
                "UPDATE access_grants SET subject = ? WHERE kind = ? AND subject = ?", [.text(newName), .integer(old.kind), .text(old.key)])
        }
        signIns.forget()
    }
}

extension SQLConnection {
    func grants(ofUser number: Int64) throws -> [AccessSubject: Role] {
        var grants: [AccessSubject: Role] = [:]
        try query("SELECT kind, subject, role FROM access_grants WHERE owner = ?", [.integer(number)]) { row in
            if let subject = AccessSubject(kind: row.integer(0), key: row.text(1)) { grants[subject] = Role(stored: row.integer(2)) }
        }
        return grants
    }
}
