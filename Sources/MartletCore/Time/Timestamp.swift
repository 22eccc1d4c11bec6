#if canImport(Glibc)
import Glibc
#endif

/// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Written `2024-03-01T14:03:00.000000Z`. A year outside 0000…9999 has a sign and six digits (ISO 8601, expanded form).
public struct Timestamp: Hashable, Sendable, Comparable {
    /// Microseconds since 1970 in UTC; negative before.
    public let microseconds: Int64

    /// Makes a timestamp from microseconds since 1970 in UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The system's wall clock; it may be set back between two calls.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// Orders by time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// The time later by a duration, cut to microseconds; stops at the ends of the range.
    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (scaled, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isTooFar) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        let (result, isOutside) = time.microseconds.addingReportingOverflow(sum)
        guard isTooLong || isTooFar || isOutside else { return Timestamp(microseconds: result) }
        return Timestamp(microseconds: duration < .zero ? .min : .max)
    }

    /// The time earlier by a duration; stops at the ends of the range.
    public static func - (time: Timestamp, duration: Duration) -> Timestamp { time + (.zero - duration) }

    /// How long after another time this one is.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds) - .microseconds(right.microseconds)
    }
}

extension Timestamp: Codable {
    /// Reads ISO 8601 text. - Throws: `MartletError` with code `invalidInput`.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = Timestamp(text) else {
            throw MartletError(
                .invalidInput,
                "expected a time such as '2024-03-01T14:03:00Z' (ISO 8601), found '\(text.prefix(80))'; write it so"
            )
        }
        self = time
    }

    /// Writes ISO 8601 text with six decimals and `Z`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
