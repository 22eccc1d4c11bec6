import Foundation
import MartletCore

/// What became of a transaction whose connection was lost while it was committed: the server is asked on another connection.
struct PostgreSQLFate {
    /// For how long the server is asked.
    static let askingSecondsMax = 10.0
    /// How long it is left alone in between.
    static let pauseSeconds = 0.25

    private let address: PostgreSQLAddress
    private let transaction: String

    init(_ address: PostgreSQLAddress, _ transaction: String) {
        self.address = address
        self.transaction = transaction
    }

    /// Returns where the transaction was committed. - Throws: `unavailable`, which says whether nothing was written or nobody knows.
    func settle() throws {
        let end = ContinuousClock.now + .seconds(Self.askingSecondsMax)
        repeat {
            // A server that cannot be asked yet is asked again.
            switch try? status() {
            case "committed": return
            case "aborted":
                throw MartletError(
                    .unavailable, "the database '\(address)' was lost before it committed; nothing was written, try again",
                    retryAfterSeconds: 1)
            default: Thread.sleep(forTimeInterval: Self.pauseSeconds)
            }
        } while ContinuousClock.now < end
        throw MartletError(
            .unavailable,
            "the database '\(address)' was lost while it committed; whether the write was made is not known: look before it is repeated")
    }

    /// `committed`, `aborted` or `in progress`.
    private func status() throws -> String? {
        try PostgreSQLConnection(address).first("SELECT pg_xact_status(CAST(? AS xid8))", [.text(transaction)]) { $0.text(0) }
    }
}
