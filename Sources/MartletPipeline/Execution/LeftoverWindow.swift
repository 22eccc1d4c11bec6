package import MartletCore

/// When a command began and ended.
package struct AttemptSpan: Sendable, Equatable {
    package let startedAt: Timestamp
    package let endedAt: Timestamp

    package init(startedAt: Timestamp, endedAt: Timestamp) { (self.startedAt, self.endedAt) = (startedAt, endedAt) }
}

/// When an attempt of which nobody heard must have been made for its outputs to be taken.
package struct LeftoverWindow: Sendable, Equatable {
    package var startedFrom = Timestamp(microseconds: .min)
    package var endedAfter = Timestamp(microseconds: .min)
    package var endedUpTo = Timestamp(microseconds: .max)

    package init() {}

    package static let any = Self()
    package static let none: Self = {
        var window = Self()
        window.endedAfter = Timestamp(microseconds: .max)
        return window
    }()

    package func contains(_ span: AttemptSpan) -> Bool {
        span.startedAt >= startedFrom && span.endedAt > endedAfter && span.endedAt <= endedUpTo
    }

    /// Where nobody knows when it was made, only what may be of any time is.
    func contains(_ span: AttemptSpan?) -> Bool { span.map(contains) ?? (self == .any) }
}
