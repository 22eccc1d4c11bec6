/// An error that a person or a client is meant to read.
///
/// The message names the thing, what was expected, what came and the next step, for example
/// `column 'price' of contract 'sales@1.0.0': expected number, found 'cheap' in row 17; cast it or raise the version`.
/// Secrets never appear in a message.
public struct MartletError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure this is; servers map it to a status and the command line to an exit code.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case invalidInput, specificationBroken, contractBroken, notFound, conflict, locked, unavailable
            case storage, full, limitExceeded, gateRefused, corrupt, engine, overloaded, expired
        }

        private let kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// A request, argument or file is not what it must be.
        public static let invalidInput = Code(.invalidInput)
        /// A project file or contract has wrong keys or values.
        public static let specificationBroken = Code(.specificationBroken)
        /// Data breaks its contract beyond the declared limit.
        public static let contractBroken = Code(.contractBroken)
        /// The named thing does not exist.
        public static let notFound = Code(.notFound)
        /// The thing exists already, or changed meanwhile.
        public static let conflict = Code(.conflict)
        /// Another process holds what is needed.
        public static let locked = Code(.locked)
        /// A library, server or device that is needed is not there now.
        public static let unavailable = Code(.unavailable)
        /// Reading or writing a disk failed.
        public static let storage = Code(.storage)
        /// A disk has no room left but what is kept free; the same again succeeds once there is more.
        public static let full = Code(.full)
        /// What was asked for is beyond a named limit; the same again will not succeed.
        public static let limitExceeded = Code(.limitExceeded)
        /// A candidate did not pass its gate.
        public static let gateRefused = Code(.gateRefused)
        /// Stored bytes do not have the digest or checksum that names them.
        public static let corrupt = Code(.corrupt)
        /// A native engine reported a failure.
        public static let engine = Code(.engine)
        /// There is more to do than can be done in time; another try may succeed after `retryAfterSeconds`.
        public static let overloaded = Code(.overloaded)
        /// The caller's time was up before there was an answer.
        public static let expired = Code(.expired)

        /// The code's name, as it appears in JSON.
        public var description: String { kind.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// The sentence for people.
    public let message: String
    /// What lies beneath, where something does.
    public let cause: (any Error)?
    /// After how many seconds another try may succeed; `nil` where nobody knows.
    public let retryAfterSeconds: Double?

    /// Makes an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil, retryAfterSeconds: Double? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The message, followed by that of the cause.
    public var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
