/// How old the newest value of a date or timestamp column may be.
public struct Freshness: Codable, Sendable, Hashable {
    /// The column.
    public let column: String
    /// The largest age in seconds; a date counts from its midnight in UTC.
    public let ageMaxSeconds: Double

    /// The seconds of each unit that the standard writes; months count 30 days, years 365.
    static let secondsPerUnit: [String: Double] = {
        let names: [(Double, [String])] = [
            (1, ["s", "sec", "second", "seconds"]),
            (60, ["m", "min", "minute", "minutes"]),
            (3600, ["h", "hr", "hour", "hours"]),
            (86_400, ["d", "day", "days"]),
            (7 * 86_400, ["w", "week", "weeks"]),
            (30 * 86_400, ["mo", "month", "months"]),
            (365 * 86_400, ["y", "yr", "year", "years"]),
        ]
        return Dictionary(uniqueKeysWithValues: names.flatMap { seconds, words in words.map { ($0, seconds) } })
    }()
}
