package import MartletCore

/// Where events go.
///
/// One task at a time delivers to a sink, in the order of the events. What throws has not been delivered, or nobody knows; it is not
/// delivered again, so a sink tries again by itself where that may help.
package protocol LineageSink: Sendable {
    /// What people call it in messages. It tells no secret.
    var name: String { get }
    /// How many events it takes at once.
    var batchCountMax: Int { get }
    /// How long after a delivery it is left alone, so that more events come at once; the last ones of a run come without.
    var rest: Duration { get }

    /// Delivers events. - Throws: what went wrong.
    func deliver(_ events: [JSONValue]) async throws
}

extension LineageSink {
    package var rest: Duration { .zero }
}
