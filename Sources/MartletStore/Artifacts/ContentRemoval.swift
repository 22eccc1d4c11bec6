import MartletCore

/// A collector's word that it removes content which nothing refers to, or has removed it.
///
/// It stands in the database before the content goes, and stays for a day. Who keeps an artifact looks before the content is put and
/// again as the row is written: where another word stands there by then, the content may be gone.
struct ContentRemoval: Sendable {
    /// How long content may be on its way out; what stands there longer is a killed collector's.
    static let timeMax = Duration.seconds(600)
    /// How long after it began a collector still asks for something to be removed, which may itself take long.
    static let beginMax = Duration.seconds(300)
    /// How long the word is remembered.
    static let ageMax = Duration.seconds(86_400)

    let token: String
    let beganAt: Timestamp
    let isOver: Bool

    func isUnderWay(at now: Timestamp) -> Bool { !isOver && now < beganAt + Self.timeMax }

    /// What another collector is told meanwhile.
    var refusal: MartletError {
        MartletError(
            .locked,
            "another 'martlet gc' has been removing content since \(beganAt); wait until it is done, or, where it was killed, until "
                + "\(beganAt + Self.timeMax), and call this again")
    }
}

extension SQLConnection {
    func removal(of digest: Digest) throws -> ContentRemoval? {
        try first("SELECT token, began_at, is_over FROM artifact_removals WHERE digest = ?", [.text(digest.hex)]) { row in
            ContentRemoval(token: row.text(0), beganAt: Timestamp(microseconds: row.integer(1)), isOver: row.integer(2) != 0)
        }
    }

    /// Says that content is being removed, where nothing refers to it. - Returns: whether it may go.
    /// - Throws: `locked` where another collector removes it.
    func beginRemoval(of digest: Digest, token: String, at now: Timestamp) throws -> Bool {
        guard try !refers(to: digest) else { return false }
        if let other = try removal(of: digest), other.token != token, other.isUnderWay(at: now) { throw other.refusal }
        try execute(
            """
            INSERT INTO artifact_removals (digest, token, began_at, is_over) VALUES (?, ?, ?, 0) ON CONFLICT (digest) DO UPDATE
            SET token = excluded.token, began_at = excluded.began_at, is_over = 0
            """, [.text(digest.hex), .text(token), .integer(now.microseconds)])
        return true
    }

    func endRemovals(_ token: String) throws {
        try execute("UPDATE artifact_removals SET is_over = 1 WHERE token = ?", [.text(token)])
    }

    func forgetRemovals(before limit: Timestamp) throws {
        try execute("DELETE FROM artifact_removals WHERE began_at < ?", [.integer(limit.microseconds)])
    }

    func refers(to digest: Digest) throws -> Bool {
        try exists("SELECT 1 FROM artifact_files WHERE digest = ? LIMIT 1", [.text(digest.hex)])
    }
}
