/// What goes on record beside changes of what others may do. Of each the latest are kept.
package enum AccessNote: String, Sendable, CaseIterable {
    case refusal = "sign-in refused"
    /// With a password that was not known from a moment ago.
    case signIn = "signed in"
    /// Somebody was refused something that they have no right to.
    case denial = "denied"
    case deletion = "deleted"
    case webhookChange = "webhook changed"

    /// The most of each that are kept; the oldest go first, so that nobody who guesses fills the disk.
    package static let countMax = 10_000
}
