import MartletCore

/// When something recurs, by the clock on the wall: five fields, as in crontab(5), or a macro.
///
/// The fields are minutes (0…59), hours (0…23), days of the month (1…31), months (1…12 or `JAN` to `DEC`) and weekdays (0…7 or `SUN` to
/// `SAT`; 0 and 7 are Sunday). A field is a list by commas of `*`, values and ranges `9-17`, each perhaps with a step after `/`: `*/15`,
/// `9-17/2`, `5/15` (from 5 on). A day of the month may be `L`, the last one; a weekday may be `MON#2`, the second Monday of the month.
/// Macros are `@hourly`, `@daily` (`@midnight`), `@weekly`, `@monthly` and `@yearly` (`@annually`).
///
/// Where days and weekdays are both restricted, a day that matches **either** of them matches. A field that begins with `*` restricts
/// nothing in this sense, so `*/2` of days and `MON` of weekdays must **both** match (Vixie's rule, crontab(5)).
///
/// An expression knows no zone; `Schedule` gives it one.
public struct CronExpression: Sendable, CustomStringConvertible {
    /// The expression as it was written.
    public let description: String

    private let minutes: CronField
    private let hours: CronField
    private let days: CronField
    private let months: CronField
    private let weekdays: CronField

    private static let macros = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// Reads an expression. - Throws: `invalidInput`, naming the field, also for an expression that never fires, as on 30 February.
    public init(_ text: String) throws {
        func refusal(_ message: String) -> MartletError { MartletError(.invalidInput, "cron '\(text.prefix(80))': \(message)") }
        let fields = try Self.fields(of: text, refusal)
        func field(_ position: Int) throws -> CronField {
            do throws(CronField.Fault) {
                return try CronField(fields[position], of: CronField.Kind.allCases[position])
            } catch {
                throw refusal(error.message)
            }
        }
        description = text
        (minutes, hours, days) = (try field(0), try field(1), try field(2))
        (months, weekdays) = (try field(3), try field(4))
        guard firstMatch(from: 0) != nil else {
            throw refusal(
                "expected a day that exists in some year, found days '\(fields[2])' of months '\(fields[3])'; it would never fire")
        }
    }

    private static func fields(of text: String, _ refusal: (String) -> MartletError) throws -> [Substring] {
        let name = text.filter { !$0.isWhitespace }.lowercased()
        if name.hasPrefix("@") {
            guard let expansion = macros[name] else {
                let known = nearest(to: name, among: macros.keys).map { "did you mean '\($0)'?" }
                throw refusal("expected one of \(macros.keys.sorted().joined(separator: ", ")); \(known ?? "or write five fields")")
            }
            return expansion.split(separator: " ")
        }
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == CronField.Kind.allCases.count else {
            let step = fields.count > 5 ? "there are no seconds and no years" : "write * for a field that does not matter"
            throw refusal("expected five fields (minutes hours days months weekdays), found \(fields.count); \(step)")
        }
        return fields
    }
}

extension CronExpression: Equatable {
    /// Whether two expressions mean the same, however they are written.
    public static func == (left: CronExpression, right: CronExpression) -> Bool {
        left.minutes == right.minutes && left.hours == right.hours && left.days == right.days && left.months == right.months
            && left.weekdays == right.weekdays
    }
}

extension CronExpression {
    /// Whether the hours begin with `*`: the expression then follows the real hours where clocks are set.
    package var isOfEveryHour: Bool { hours.hasStar }

    /// The first minute at or after another that the expression names, `nil` where there is none in 400 years, after which the
    /// calendar repeats.
    ///
    /// - Parameter minute: minutes on the wall's clock since 1970-01-01T00:00.
    package func firstMatch(from minute: Int64) -> Int64? {
        let (day, minuteOfDay) = minute.flooredDivision(by: 1_440)
        guard let found = firstDay(from: day) else { return nil }
        if found > day { return firstMinute(from: 0).map { found * 1_440 + $0 } }
        if let time = firstMinute(from: minuteOfDay) { return day * 1_440 + time }
        guard let later = firstDay(from: day + 1), let time = firstMinute(from: 0) else { return nil }
        return later * 1_440 + time
    }

    private func firstMinute(from minuteOfDay: Int64) -> Int64? {
        let (hour, minute) = minuteOfDay.flooredDivision(by: 60)
        guard let found = hours.first(from: hour) else { return nil }
        if found == hour, let sameHour = minutes.first(from: minute) { return hour * 60 + sameHour }
        guard let next = found == hour ? hours.first(from: hour + 1) : found, let first = minutes.first(from: 0) else { return nil }
        return next * 60 + first
    }

    private func firstDay(from day: Int64) -> Int64? {
        let start = CivilDate(daysSince1970: day)
        var month = CivilMonth(year: start.year, month: start.month)
        var earliest = start.day
        for _ in 0...4_800 {
            if months.contains(month.month), let found = matches(in: month).first(from: earliest) { return month.firstDay + found - 1 }
            (month, earliest) = (month.next, 1)
        }
        return nil
    }

    private func matches(in month: CivilMonth) -> CronField.Values {
        var byDay = days.values
        if days.isLast { byDay.insert(month.dayCount) }
        var byWeekday = CronField.Values()
        for day in 1...month.dayCount where weekdays.hasWeekday(month.weekday(ofDay: day), ordinal: (day - 1) / 7 + 1) {
            byWeekday.insert(day)
        }
        let isEither = !days.hasStar && !weekdays.hasStar
        return (isEither ? byDay.union(byWeekday) : byDay.intersection(byWeekday)).intersection(month.days)
    }
}

/// A month of the calendar, as the search goes through it.
private struct CivilMonth {
    let year: Int64
    let month: Int64
    /// Its first day, in days since 1970-01-01.
    let firstDay: Int64

    init(year: Int64, month: Int64) {
        (self.year, self.month) = (year, month)
        // The first of any month exists; years beyond CivilDate's are beyond any timestamp.
        firstDay = CivilDate(year: year, month: month, day: 1)?.daysSince1970 ?? 0
    }

    var next: CivilMonth { month == 12 ? CivilMonth(year: year + 1, month: 1) : CivilMonth(year: year, month: month + 1) }
    var dayCount: Int64 { next.firstDay - firstDay }
    var days: CronField.Values { CronField.Values(from: 1, through: dayCount) }

    /// 0 is Sunday; 1970-01-01 was a Thursday.
    func weekday(ofDay day: Int64) -> Int64 { (firstDay + day + 3).flooredDivision(by: 7).remainder }
}
