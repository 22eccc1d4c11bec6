#if GRPC
import GRPCCore

/// Until when a client waits for an answer.
struct CallDeadline {
    private let end: ContinuousClock.Instant?

    /// No deadline.
    static let none = CallDeadline(end: nil)

    private init(end: ContinuousClock.Instant?) { self.end = end }

    /// The deadline of a call that comes now with some header fields: `grpc-timeout` is at most eight digits and a unit. None where the
    /// client does not say, or says it in another way.
    init(_ metadata: Metadata) {
        end = metadata[stringValues: "grpc-timeout"].first { _ in true }.flatMap(Self.duration).map { .now + $0 }
    }

    /// How long the client still waits, at least nothing; `nil` where it waits for ever.
    var remaining: Duration? { end.map { max(.zero, ContinuousClock.now.duration(to: $0)) } }

    /// Whether the client has given up.
    var isOver: Bool { end.map { $0 <= .now } ?? false }

    private static func duration(_ text: String) -> Duration? {
        let digits = text.utf8.dropLast()
        let isDecimal = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...8).contains(digits.count), isDecimal, let count = Int64(text.dropLast()) else { return nil }
        switch text.last {
        case "H": return .seconds(count * 3_600)
        case "M": return .seconds(count * 60)
        case "S": return .seconds(count)
        case "m": return .milliseconds(count)
        case "u": return .microseconds(count)
        case "n": return .nanoseconds(count)
        default: return nil
        }
    }
}
#endif
