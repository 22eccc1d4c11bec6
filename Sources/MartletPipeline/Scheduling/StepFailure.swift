/// How a step failed, and what to do about it.
public struct StepFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it was; a retry policy names those that it tries again.
    public enum Kind: String, Sendable, CaseIterable, Hashable {
        /// The command ended with a status other than 0, or the work threw.
        case exit
        /// It was killed by a signal that nobody here sent.
        case signal
        /// It ran longer than it may.
        case time
        /// It used more memory than it may.
        case memory
        /// It used more processor time than it may.
        case cpu
        /// It gave no sign of life.
        case heartbeat
        /// It wrote a larger file than it may.
        case size
        /// It had more processes than it may.
        case processes
        /// It could not be begun.
        case start
        /// It ended well, but without an output that it declares, or with one that cannot be kept.
        case output
        /// What ran it is gone: the runner was killed, or the machine of a cluster.
        case lost
        /// Somebody stopped it.
        case cancelled
        /// A gate or a contract refused; the same again would be refused again.
        case refused
    }

    /// The kind.
    public let kind: Kind
    /// What happened, what was expected, and the next step.
    public let message: String

    /// Makes a failure.
    public init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }

    /// The message.
    public var description: String { message }
}
