package import MartletCore

/// Once that a schedule or a trigger fired.
package struct Firing: Sendable, Equatable, Codable {
    /// Unique among those of its schedule or trigger.
    package let id: String
    /// For when it is, which may be long before its run begins; part of the run's cause.
    package let nominalTime: Timestamp
    /// What it fired for, in words.
    package var reason: String
    /// What a webhook was sent.
    package var payload: Digest?
    /// How many runs were begun for it.
    package fileprivate(set) var attemptCount = 0

    package init(id: String, nominalTime: Timestamp, reason: String, payload: Digest? = nil) {
        (self.id, self.nominalTime, self.reason, self.payload) = (id, nominalTime, reason, payload)
    }

    /// Whether a run was begun for it.
    package var isBegun: Bool { attemptCount > 0 }
}

extension ScheduleState {
    /// A run is begun for a firing. Put this on record before it is.
    package mutating func begin(_ id: String) { change(id) { $0.attemptCount += 1 } }

    /// The run of a firing could not begin, or was stopped with this program: it is begun again, and that does not count.
    package mutating func giveBack(_ id: String) { change(id) { $0.attemptCount = max(0, $0.attemptCount - 1) } }

    private mutating func change(_ id: String, _ body: (inout Firing) -> Void) {
        guard let position = pending.firstIndex(where: { $0.id == id }) else { return }
        body(&pending[position])
    }
}
