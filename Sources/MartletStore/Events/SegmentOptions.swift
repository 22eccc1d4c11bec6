/// How a log is written.
package struct SegmentOptions: Sendable {
    /// When records are made durable against loss of power. Against the death of the process they are so at once.
    package enum SyncPolicy: Sendable, Equatable {
        /// Before each acknowledgement.
        case everyAppend
        /// By `syncIfDue`, no more often than this; a loss of power may cost what came since.
        case interval(Duration)
    }

    /// A segment that would grow beyond this is sealed first.
    package var segmentSizeBytesMax = 16 << 20
    /// The largest payload.
    package var recordSizeBytesMax = 1 << 20
    /// The most bytes that one append writes.
    package var batchSizeBytesMax = 16 << 20
    /// When records are made durable.
    package var sync = SyncPolicy.everyAppend

    /// The defaults.
    package init() {}
}

/// What opening a log found.
package struct SegmentRecovery: Sendable, Equatable {
    /// The segment that is written to.
    package let segment: Int
    /// How many bytes of a torn record were cut off its end; 0 after an orderly end.
    package let cutBytes: Int
}
