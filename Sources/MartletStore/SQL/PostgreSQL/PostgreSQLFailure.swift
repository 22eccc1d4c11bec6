import MartletCore

/// What PostgreSQL or libpq says of a failure.
struct PostgreSQLFailure: Error {
    /// Five characters; empty where it is libpq that says it.
    let state: String
    let message: String
    /// Whether the connection is of no more use.
    let isLost: Bool

    /// What follows a failure within a transaction.
    static let aborted = PostgreSQLFailure(state: "25P02", message: "the transaction has failed", isLost: false)

    init(state: String, message: String, isLost: Bool) {
        self.state = state
        // The lines behind the first are advice.
        self.message = String(message.prefix { !$0.isNewline })
        self.isLost = isLost
    }

    /// Whether the same may succeed on another connection, or a moment later.
    var isPassing: Bool { isLost || state == "40001" || state == "40P01" }

    /// In this module's words; statements and their values stay out of the message.
    func error(_ address: PostgreSQLAddress) -> MartletError {
        let (code, next) = codeAndNext
        // What the server says of data may repeat them.
        let said = state.hasPrefix("22") ? "a value does not fit (SQLSTATE \(state))" : address.withoutSecrets(message)
        let retry: Double? = code == .unavailable || code == .locked ? 1 : nil
        return MartletError(code, "the database '\(address)': \(said); \(next)", retryAfterSeconds: retry)
    }

    private var codeAndNext: (MartletError.Code, String) {
        switch state {
        case "3D000": return (.notFound, "create it with 'createdb'")
        case "42501", "25006": return (.storage, "the user of the URL needs the right to do that")
        case "53100": return (.full, "free some space on the server's disk")
        case "53300": return (.unavailable, "raise max_connections, or close what else is connected")
        case "55P03": return (.locked, "another process writes; try again")
        case "40001", "40P01": return (.locked, "others changed the same; try again")
        case "57014": return (.limitExceeded, "ask for less at once")
        case "25P02": return (.conflict, "a statement before this one failed; nothing was written")
        default: break
        }
        if isLost { return (.unavailable, "nothing was written; check the server and try again") }
        switch state.prefix(2) {
        case "22": return (.invalidInput, "nothing was written")
        case "23": return (.conflict, "the record contradicts another; nothing was written")
        case "28": return (.unavailable, "check the user and the password of the URL")
        case "08", "57", "": return (.unavailable, "check the server and the URL, and try again")
        case "XX": return (.corrupt, "check the server's log, and restore the database from a copy")
        default: return (.storage, "see the server's log")
        }
    }
}
