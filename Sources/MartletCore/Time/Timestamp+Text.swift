extension Timestamp: LosslessStringConvertible {
    /// ISO 8601 in UTC with six decimals, for example `2024-03-01T14:03:00.000000Z`.
    public var description: String {
        let dayMicroseconds: Int64 = 86_400_000_000
        let time = ((microseconds % dayMicroseconds) + dayMicroseconds) % dayMicroseconds
        let isBeforeMidnight = microseconds % dayMicroseconds < 0
        let date = CivilDate(daysSince1970: microseconds / dayMicroseconds - (isBeforeMidnight ? 1 : 0))
        let (seconds, fraction) = (time / 1_000_000, time % 1_000_000)
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { Self.padded($0, to: 2) }
        let year =
            (0...9_999).contains(date.year)
            ? Self.padded(date.year, to: 4) : (date.year < 0 ? "-" : "+") + Self.padded(abs(date.year), to: 6)
        let day = "\(year)-\(Self.padded(date.month, to: 2))-\(Self.padded(date.day, to: 2))"
        return "\(day)T\(clock.joined(separator: ":")).\(Self.padded(fraction, to: 6))Z"
    }

    private static func padded(_ value: Int64, to digitCount: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, digitCount - digits.count)) + digits
    }

    /// Reads ISO 8601: a date, or a date, `T` or a space, and a time with or without seconds and fraction, then `Z`,
    /// `±hh:mm`, `±hhmm` or `±hh`; without a zone it is UTC. `nil` for anything else, leap seconds and 24:00 among it.
    ///
    /// Digits of the fraction beyond the sixth are cut off.
    public init?(_ text: String) {
        var reader = ISO8601Reader(text)
        guard let time = reader.timestamp() else { return nil }
        self = time
    }
}

/// Reads the parts of a time from the left; each part is `nil` where it is malformed.
private struct ISO8601Reader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    mutating func timestamp() -> Timestamp? {
        guard let date = date() else { return nil }
        var clock: Int64 = 0
        var offset: Int64 = 0
        if !rest.isEmpty {
            guard takes("T") || takes("t") || takes(" "), let time = time(), let zone = zone() else { return nil }
            (clock, offset) = (time, zone)
        }
        guard rest.isEmpty else { return nil }
        let microseconds = Int128(date.daysSince1970) * 86_400_000_000 + Int128(clock - offset * 60_000_000)
        return Int64(exactly: microseconds).map(Timestamp.init(microseconds:))
    }

    private mutating func date() -> CivilDate? {
        let sign: Int64? = takes("+") ? 1 : takes("-") ? -1 : nil
        guard let year = number(sign == nil ? 4 : 6), takes("-"), let month = number(2), takes("-"), let day = number(2)
        else { return nil }
        return CivilDate(year: year * (sign ?? 1), month: month, day: day)
    }

    /// Microseconds since midnight.
    private mutating func time() -> Int64? {
        guard let hour = number(2), hour < 24, takes(":"), let minute = number(2), minute < 60 else { return nil }
        var microseconds = (hour * 60 + minute) * 60_000_000
        guard takes(":") else { return microseconds }
        guard let second = number(2), second < 60 else { return nil }
        microseconds += second * 1_000_000
        guard takes(".") || takes(",") else { return microseconds }
        let digits = rest.prefix { (48...57).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        let fraction = digits.prefix(6).reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
        return microseconds + (0..<max(0, 6 - digits.count)).reduce(fraction) { value, _ in value * 10 }
    }

    /// Minutes east of Greenwich.
    private mutating func zone() -> Int64? {
        if rest.isEmpty || takes("Z") || takes("z") { return 0 }
        let sign: Int64
        if takes("+") { sign = 1 } else if takes("-") { sign = -1 } else { return nil }
        guard let hours = number(2), hours < 24 else { return nil }
        let hasColon = takes(":")
        if rest.isEmpty { return hasColon ? nil : sign * hours * 60 }
        guard let minutes = number(2), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }

    private mutating func number(_ digitCount: Int) -> Int64? {
        let digits = rest.prefix(digitCount)
        guard digits.count == digitCount, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(digitCount)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }
}

extension Timestamp {
    /// To the second: `2024-03-01T14:03:00Z`.
    package var secondsText: String {
        let text = description
        guard let dot = text.lastIndex(of: "."), text.hasSuffix("Z") else { return text }
        return "\(text[..<dot])Z"
    }
}
