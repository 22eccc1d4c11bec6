package import MartletCore

/// Keeps work away from a resource that fails again and again, and lets one try through now and then (Nygard, Release It!, 2007).
package struct CircuitBreaker: Sendable, Equatable {
    /// When it opens, and for how long.
    package struct Options: Sendable, Equatable {
        /// So many failures in a row open it.
        package var failures: Int
        /// For so long nothing is let through, then one.
        package var pause: Duration

        package init(failures: Int = 5, pause: Duration = .seconds(60)) { (self.failures, self.pause) = (failures, pause) }
    }

    private enum State: Equatable {
        case closed(failures: Int)
        case open(until: Timestamp)
        /// One is on its way.
        case trying
    }

    package let options: Options
    private var state = State.closed(failures: 0)

    package init(_ options: Options) { self.options = options }

    /// Whether all is let through: what it guards is not known to fail.
    var isClosed: Bool { if case .closed = state { true } else { false } }

    /// Whether something may be let through.
    package func lets(at now: Timestamp) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): until <= now
        case .trying: false
        }
    }

    /// When something may be let through again; `nil` where it may be now, or nobody knows, as one is on its way.
    package var opensAt: Timestamp? { if case .open(let until) = state { until } else { nil } }

    /// Something is let through.
    package mutating func begin() { if case .open = state { state = .trying } }

    /// Something that was let through ended without saying anything about the resource, as when it was cancelled.
    package mutating func pass(at now: Timestamp) { if state == .trying { state = .open(until: now) } }

    /// Something that was let through ended well.
    package mutating func succeed() { state = .closed(failures: 0) }

    /// Something that was let through failed.
    package mutating func fail(at now: Timestamp) {
        switch state {
        case .closed(let failures) where failures + 1 < options.failures: state = .closed(failures: failures + 1)
        case .closed, .trying: state = .open(until: now + options.pause)
        case .open: break
        }
    }
}
