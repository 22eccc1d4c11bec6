import MartletCore
package import MartletStore

extension AccessStore {
    /// Says what a user may do with one thing, whatever their own role is.
    /// - Throws: `notFound`, `limitExceeded`.
    package func grant(_ role: Role, to user: String, on subject: AccessSubject, by actor: Actor) async throws {
        try await change("role granted", "\(user): \(role) on \(subject)", by: actor) { connection in
            let owner = try connection.requiredNumber(ofUser: user)
            try connection.checkGrantCount(of: user, owner)
            let (kind, key) = subject.stored
            try connection.execute(
                """
                INSERT INTO access_grants (owner, kind, subject, role) VALUES (?, ?, ?, ?)
                ON CONFLICT (owner, kind, subject) DO UPDATE SET role = excluded.role
                """, [.integer(owner), .integer(kind), .text(key), .integer(role.rawValue)])
        }
    }

    /// Makes those who made something its administrators, within the write that makes it, but for those to whom an administrator
    /// granted something on it in advance. What was read before is to be forgotten behind it.
    /// - Throws: `notFound`, `limitExceeded`.
    package func own(_ subject: AccessSubject, by principal: Principal, in connection: any SQLConnection) throws {
        guard !principal.isAdministrator else { return }
        let owner = try connection.requiredNumber(ofUser: principal.name)
        try connection.checkGrantCount(of: principal.name, owner)
        let (kind, key) = subject.stored
        let count = try connection.execute(
            "INSERT INTO access_grants (owner, kind, subject, role) VALUES (?, ?, ?, ?) ON CONFLICT (owner, kind, subject) DO NOTHING",
            [.integer(owner), .integer(kind), .text(key), .integer(Role.admin.rawValue)])
        guard count > 0 else { return }
        try AccessEvent(
            at: clock(), user: principal.name, address: principal.address, action: "role granted",
            subject: "\(principal.name): admin on \(subject)"
        ).insert(into: connection)
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

    /// Lets grants follow a model to its new name, or forgets them with it, within the write that does so to the model. What was granted on
    /// the new name in advance counts more. What was read before is to be forgotten behind it.
    package static func moveGrants(ofModel name: String, to newName: String?, in connection: any SQLConnection) throws {
        let old = AccessSubject.model(name).stored
        let isRenamed = newName.map { !$0.utf8.elementsEqual(name.utf8) } ?? true
        guard isRenamed else { return }
        if let newName {
            try connection.execute(
                """
                UPDATE access_grants SET subject = ? WHERE kind = ? AND subject = ?
                    AND owner NOT IN (SELECT g.owner FROM access_grants AS g WHERE g.kind = ? AND g.subject = ?)
                """, [.text(newName), .integer(old.kind), .text(old.key), .integer(old.kind), .text(newName)])
        }
        try connection.execute("DELETE FROM access_grants WHERE kind = ? AND subject = ?", [.integer(old.kind), .text(old.key)])
    }

    /// Has what everybody may do read again.
    package func forget() { signIns.forget() }
}

extension SQLConnection {
    fileprivate func checkGrantCount(of user: String, _ owner: Int64) throws {
        guard try count("access_grants", "owner = ?", [.integer(owner)]) < AccessStore.grantCountMax else {
            throw MartletError(.limitExceeded, "'\(user)' has \(AccessStore.grantCountMax) grants, which is the limit; raise their role")
        }
    }

    func grants(ofUser number: Int64) throws -> [AccessSubject: Role] {
        var grants: [AccessSubject: Role] = [:]
        try query("SELECT kind, subject, role FROM access_grants WHERE owner = ?", [.integer(number)]) { row in
            if let subject = AccessSubject(kind: row.integer(0), key: row.text(1)) { grants[subject] = Role(stored: row.integer(2)) }
        }
        return grants
    }
}
