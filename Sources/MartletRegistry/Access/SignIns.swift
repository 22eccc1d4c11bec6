import MartletCore
import Synchronization

/// Who was let in a moment ago, so that not every request costs the hash of a password, and who has guessed too often.
final class SignIns: Sendable {
    /// Who was let in. What they may do is read again after `freshness`; their password is hashed again after it changed.
    struct Entry: Sendable {
        let principal: Principal
        /// The user's password as it is kept, or the token's digest.
        let proof: String
        let readAt: ContinuousClock.Instant
    }

    private struct Guesses {
        var count = 0
        var refusedUntil: ContinuousClock.Instant
    }

    /// How long a change by another process may go unnoticed.
    static let freshness = Duration.seconds(1)
    /// The most that are remembered; beyond it all are forgotten.
    static let entryCountMax = 10_000
    /// Guesses that cost nothing but the hash.
    static let freeGuessCount = 5
    static let refusalMax = Duration.seconds(60)

    private let entries = Mutex<[Digest: Entry]>([:])
    private let openUntil = Mutex<ContinuousClock.Instant?>(nil)
    private let guesses = Mutex<[String: Guesses]>([:])
    let hashing = HashingQueue()
    /// So that digests of this process tell nothing to others.
    private let secret = SecretBytes.random(32)

    // MARK: Who was let in

    func key(_ credentials: Credentials) -> Digest {
        switch credentials {
        case .password(let user, let password): Digest(of: secret + Array("\(user.utf8.count):\(user)\(password)".utf8))
        case .token(let token): Digest(of: secret + Array(token.utf8))
        }
    }

    subscript(key: Digest) -> Entry? { entries.withLock { $0[key] } }

    func remember(_ entry: Entry, _ key: Digest) {
        entries.withLock { entries in
            if entries.count >= Self.entryCountMax { entries = [:] }
            entries[key] = entry
        }
    }

    func forget(_ key: Digest) { entries.withLock { _ = $0.removeValue(forKey: key) } }

    /// Has what everybody may do read again; passwords that did not change need not be hashed again.
    func forget() {
        let old = ContinuousClock.now.advanced(by: .zero - Self.freshness - Self.freshness)
        entries.withLock { entries in
            entries = entries.mapValues { Entry(principal: $0.principal, proof: $0.proof, readAt: old) }
        }
        openUntil.withLock { $0 = nil }
    }

    // MARK: Open access

    /// Whether there was nobody to let in a moment ago.
    var knowsOpen: Bool { openUntil.withLock { $0.map { $0 > .now } ?? false } }

    func noteOpen() { openUntil.withLock { $0 = .now + Self.freshness } }

    // MARK: Guesses

    private static func key(_ name: String, _ address: String) -> String { "\(AddressGroup(address).name) \(name)" }

    /// Refuses a name that was guessed for too often from an address. - Throws: `overloaded`.
    func check(_ name: String, from address: String) throws {
        let until = guesses.withLock { $0[Self.key(name, address)]?.refusedUntil }
        guard let until, until > .now else { return }
        let wait = ContinuousClock.now.duration(to: until)
        throw MartletError(
            .overloaded, "too many sign-ins of this user failed; try again later", retryAfterSeconds: max(1, wait / .seconds(1)))
    }

    /// From the sixth failure on the next try has to wait, twice as long each time.
    func noteFailure(_ name: String, from address: String) {
        guesses.withLock { guesses in
            if guesses.count >= Self.entryCountMax { guesses = guesses.filter { $0.value.refusedUntil > .now } }
            if guesses.count >= Self.entryCountMax { guesses = [:] }
            var entry = guesses[Self.key(name, address)] ?? Guesses(refusedUntil: .now)
            entry.count += 1
            let excess = min(entry.count - Self.freeGuessCount, 6)
            if excess > 0 { entry.refusedUntil = .now + min(.seconds(1 << excess), Self.refusalMax) }
            guesses[Self.key(name, address)] = entry
        }
    }

    func noteSuccess(_ name: String, from address: String) { guesses.withLock { _ = $0.removeValue(forKey: Self.key(name, address)) } }
}
