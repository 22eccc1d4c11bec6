import Foundation
package import MartletCore
import MartletStore

extension AccessStore {
    /// Where every token begins, so that people and scanners of secrets know one.
    package static let tokenPrefix = "martlet_"
    private static let labelLengthMax = 200

    /// Makes a token, which may all that its user may.
    /// - Returns: the secret, which cannot be had again.
    /// - Throws: `notFound`, `invalidInput`, `limitExceeded`.
    package func addToken(
        of user: String, label: String, expiresAt: Timestamp? = nil, by actor: Actor
    ) async throws -> (token: AccessToken, secret: String) {
        guard label.unicodeScalars.count <= Self.labelLengthMax else {
            throw MartletError(.invalidInput, "label of a token: expected at most \(Self.labelLengthMax) characters")
        }
        let now = clock()
        if let expiresAt, expiresAt <= now {
            throw MartletError(.invalidInput, "a token of '\(user)' would expire at \(expiresAt), which is past; choose a later time")
        }
        let secret = Self.tokenPrefix + Self.text(SecretBytes.random(32))
        let token = try await change("token added", "\(user): \(label)", by: actor) { connection in
            let owner = try connection.requiredNumber(ofUser: user)
            guard try connection.count("access_tokens", "owner = ?", [.integer(owner)]) < Self.tokenCountMax else {
                throw MartletError(.limitExceeded, "'\(user)' has \(Self.tokenCountMax) tokens, which is the limit; remove some")
            }
            let digest = Digest(of: secret).hex
            try connection.execute(
                "INSERT INTO access_tokens (owner, digest, label, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
                [.integer(owner), .text(digest), .text(label), .time(now), .optional(expiresAt.map { $0.microseconds / 1_000 })])
            let id = try connection.first("SELECT number FROM access_tokens WHERE digest = ?", [.text(digest)]) { $0.integer(0) }
            return AccessToken(id: id ?? 0, user: user, label: label, createdAt: now, expiresAt: expiresAt)
        }
        return (token, secret)
    }

    /// All tokens, or those of a user, the oldest first; also those that have expired.
    package func tokens(of user: String? = nil) async throws -> [AccessToken] {
        try await database.read { connection in
            try connection.all(
                """
                SELECT t.number, u.name, t.label, t.created_at, t.expires_at FROM access_tokens t
                JOIN access_users u ON u.number = t.owner \(user == nil ? "" : "WHERE u.name = ?") ORDER BY t.number
                """, user.map { [.text($0)] } ?? []
            ) { row in
                AccessToken(
                    id: row.integer(0), user: row.text(1), label: row.text(2), createdAt: Timestamp(milliseconds: row.integer(3)),
                    expiresAt: row.optionalInteger(4).map(Timestamp.init(milliseconds:)))
            }
        }
    }

    /// Removes a token, which lets nobody in from then on. - Throws: `notFound`.
    package func removeToken(_ id: Int64, by actor: Actor) async throws {
        try await change("token removed", "\(id)", by: actor) { connection in
            guard try connection.execute("DELETE FROM access_tokens WHERE number = ?", [.integer(id)]) > 0 else {
                throw MartletError(.notFound, "there is no token \(id); 'martlet tokens list' shows all")
            }
        }
    }

    /// Base 64 for addresses and headers, without padding (RFC 4648, section 5).
    private static func text(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
