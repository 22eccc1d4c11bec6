public import MartletCore

/// A stretch of time that is worked on by itself: an hour, a day, a week or a month of a zone.
public struct Partition: Sendable, Equatable {
    /// Its name: `2013-01-05T13`, `2013-01-05`, `2013-W05` (ISO 8601) or `2013-01`.
    public let key: String
    /// Its first instant.
    public let start: Timestamp
    /// The instant after it, at which the next one begins.
    public let end: Timestamp

    /// How long partitions are.
    public enum Unit: String, Sendable, CaseIterable {
        /// Hours of the clock on the wall; an hour that occurs twice is one, one that the clocks jump over is none.
        case hours
        /// Days from midnight to midnight, of 23 or 25 hours where clocks are set.
        case days
        /// Weeks from Monday, numbered as by ISO 8601.
        case weeks
        /// Months of the calendar.
        case months
    }
}

extension Partition.Unit {
    /// What a key of this unit is called and looks like.
    var example: String {
        switch self {
        case .hours: "an hour such as '2013-01-05T13'"
        case .days: "a day such as '2013-01-05'"
        case .weeks: "a week such as '2013-W05'"
        case .months: "a month such as '2013-01'"
        }
    }

    /// The number of the unit since 1970 that a key names; `nil` where it names none.
    func number(of key: some StringProtocol) -> Int64? {
        let parts = key.split(separator: "-", omittingEmptySubsequences: false)
        guard let year = Self.digits(parts[0], count: 4) else { return nil }
        switch self {
        case .hours:
            let halves = key.split(separator: "T", omittingEmptySubsequences: false)
            guard halves.count == 2, let day = Self.days.number(of: halves[0]) else { return nil }
            return Self.digits(halves[1], count: 2).flatMap { $0 < 24 ? day * 24 + $0 : nil }
        case .days:
            guard parts.count == 3, let month = Self.digits(parts[1], count: 2), let day = Self.digits(parts[2], count: 2) else {
                return nil
            }
            return CivilDate(year: year, month: month, day: day)?.daysSince1970
        case .weeks:
            guard parts.count == 2, parts[1].first == "W", let week = Self.digits(parts[1].dropFirst(), count: 2) else { return nil }
            guard let first = Self.firstWeek(ofYear: year), let end = Self.firstWeek(ofYear: year + 1) else { return nil }
            return week >= 1 && first + week - 1 < end ? first + week - 1 : nil
        case .months:
            guard parts.count == 2, let month = Self.digits(parts[1], count: 2), (1...12).contains(month) else { return nil }
            return year * 12 + month - 1
        }
    }

    /// The key of a number.
    func key(of number: Int64) -> String {
        switch self {
        case .hours:
            let (day, hour) = number.flooredDivision(by: 24)
            return "\(Self.days.key(of: day))T\(Self.padded(hour, to: 2))"
        case .days:
            let date = CivilDate(daysSince1970: number)
            return "\(Self.padded(date.year, to: 4))-\(Self.padded(date.month, to: 2))-\(Self.padded(date.day, to: 2))"
        case .weeks:
            // The week belongs to the year of its Thursday.
            let year = CivilDate(daysSince1970: number * 7).year
            return "\(Self.padded(year, to: 4))-W\(Self.padded(number - (Self.firstWeek(ofYear: year) ?? number) + 1, to: 2))"
        case .months:
            let (year, month) = number.flooredDivision(by: 12)
            return "\(Self.padded(year, to: 4))-\(Self.padded(month + 1, to: 2))"
        }
    }

    /// The number of the unit in which the clock on the wall is, by seconds of the wall since 1970.
    func number(at reading: Int64) -> Int64 {
        let day = reading.flooredDivision(by: 86_400).quotient
        switch self {
        case .hours: return reading.flooredDivision(by: 3_600).quotient
        case .days: return day
        case .weeks: return (day + 3).flooredDivision(by: 7).quotient
        case .months:
            let date = CivilDate(daysSince1970: day)
            return date.year * 12 + date.month - 1
        }
    }

    /// What the clock on the wall shows as a unit begins.
    func reading(of number: Int64) -> Int64 {
        switch self {
        case .hours: return number * 3_600
        case .days: return number * 86_400
        // 1970-01-01 was a Thursday: week 0 began three days before.
        case .weeks: return (number * 7 - 3) * 86_400
        case .months:
            let (year, month) = number.flooredDivision(by: 12)
            return (CivilDate(year: year, month: month + 1, day: 1)?.daysSince1970 ?? 0) * 86_400
        }
    }

    /// The week of a year that holds its 4 January.
    private static func firstWeek(ofYear year: Int64) -> Int64? {
        CivilDate(year: year, month: 1, day: 4).map { weeks.number(at: $0.daysSince1970 * 86_400) }
    }

    private static func digits(_ text: some StringProtocol, count: Int) -> Int64? {
        guard text.utf8.count == count, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }

    private static func padded(_ value: Int64, to digitCount: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, digitCount - digits.count)) + digits
    }
}
