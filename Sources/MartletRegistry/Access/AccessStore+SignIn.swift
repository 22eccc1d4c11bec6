import MartletCore
import MartletStore

extension AccessStore {
    /// Who somebody is, where that was found out a moment ago; takes no time, so that it may be asked on a connection's thread.
    package func known(_ credentials: Credentials?) -> Principal? {
        if signIns.knowsOpen { return .everybody }
        guard let credentials, let entry = signIns[signIns.key(credentials)], entry.readAt.duration(to: .now) < SignIns.freshness
        else { return nil }
        return entry.principal
    }

    /// Who somebody is; `nil` where what they say does not let them in. Everybody is let in where access is open.
    ///
    /// An unknown name takes as long as a wrong password. A failure is an event.
    /// - Parameters:
    ///   - credentials: `nil` of those who do not say who they are.
    ///   - address: where they are.
    /// - Throws: `overloaded` for those who have to wait before they try again.
    package func signIn(_ credentials: Credentials?, from address: String) async throws -> Principal? {
        if let principal = known(credentials) { return principal }
        if !isRequired, try await !hasUsers() {
            signIns.noteOpen()
            return .everybody
        }
        guard let credentials else { return nil }
        let key = signIns.key(credentials)
        switch credentials {
        case .token(let token): return try await signIn(token: token, key, address)
        case .password(let user, let password): return try await signIn(user, password, key, address)
        }
    }

    /// Nobody guesses a token of 256 bits, so that wrong ones let nobody wait.
    private func signIn(token: String, _ key: Digest, _ address: String) async throws -> Principal? {
        let (digest, now) = (Digest(of: token).hex, clock())
        let principal = try await database.read { connection in
            try connection.member(
                "SELECT owner FROM access_tokens WHERE digest = ? AND (expires_at IS NULL OR expires_at > ?)", [.text(digest), .time(now)])
        }
        guard let principal else {
            signIns.forget(key)
            await noteRefusal("", address, of: "token", isFree: true)
            return nil
        }
        signIns.remember(SignIns.Entry(principal: principal.principal, proof: digest, readAt: .now), key)
        return principal.principal
    }

    private func signIn(_ user: String, _ password: String, _ key: Digest, _ address: String) async throws -> Principal? {
        guard Self.isName(user) else {
            // No user is called so, which everybody knows: nothing is to be hashed, and nothing to be guessed.
            await noteRefusal(user, address, isFree: true)
            return nil
        }
        let member = try await database.read { try $0.member("SELECT number FROM access_users WHERE name = ?", [.text(user)]) }
        if let member, let proof = member.password, proof == signIns[key]?.proof {
            signIns.remember(SignIns.Entry(principal: member.principal, proof: proof, readAt: .now), key)
            return member.principal
        }
        try signIns.check(user, from: address)
        let proof = member?.password
        let matches = try await signIns.hashing.run(for: address) { [passwordCost] in
            guard let proof, let hash = PasswordHash(proof) else {
                // Takes the time that a user's password would.
                _ = try PasswordHash(of: "somebody unknown", cost: passwordCost)
                return false
            }
            return hash.matches(password)
        }
        guard matches, let member, let proof else {
            signIns.forget(key)
            signIns.noteFailure(user, from: address)
            await noteRefusal(user, address)
            return nil
        }
        signIns.noteSuccess(user, from: address)
        await note(.signIn, "password", by: Actor(user, address: address))
        signIns.remember(SignIns.Entry(principal: member.principal, proof: proof, readAt: .now), key)
        return member.principal
    }
}

/// A user as it is kept.
private struct Member: Sendable {
    let principal: Principal
    let password: String?
}

extension SQLConnection {
    /// The user whose number a query gives.
    fileprivate func member(_ numberQuery: String, _ values: [SQLValue]) throws -> Member? {
        guard let number = try first(numberQuery, values, { $0.integer(0) }) else { return nil }
        let grants = try grants(ofUser: number)
        return try first("SELECT name, is_administrator, role, password FROM access_users WHERE number = ?", [.integer(number)]) { row in
            Member(
                principal: Principal(
                    name: row.text(0), isAdministrator: row.flag(1), role: Role(stored: row.integer(2)), grants: grants),
                password: row.optionalText(3))
        }
    }
}
