package import MartletCore

/// When something is to run: a cron expression by the clocks of a zone, and what becomes of times that were missed.
///
/// Where clocks are set, the rule is Vixie's. An expression whose hours do not begin with `*` means times of day: one that does not exist
/// that day fires at the instant at which the clocks jump past it, however many it names there, and one that occurs twice fires the first
/// time. An expression whose hours begin with `*` follows the real hours: a time that does not exist is left out, and one that occurs
/// twice fires twice. (Vixie's cron takes a `*` of minutes for the latter as well; here `*/5 2 * * *` means times of day.)
public struct Schedule: Sendable, Equatable {
    /// The expression.
    public let cron: CronExpression
    /// What becomes of missed times.
    public let missed: MissedPolicy
    private let clock: WallClock

    /// The zone's name.
    public var zone: String { clock.name }

    /// Occurrences are looked for up to the end of this year.
    package static let yearMax: Int64 = 9_999

    /// Makes a schedule.
    /// - Parameter zone: a name of the IANA time zone database.
    /// - Throws: `invalidInput`.
    public init(cron: CronExpression, zone: String = "UTC", missed: MissedPolicy = .latest) throws {
        self.cron = cron
        self.missed = missed
        clock = try WallClock(zone)
    }

    /// The first occurrence after an instant; `nil` where there is none up to the end of `yearMax`.
    package func occurrence(after time: Timestamp) -> Timestamp? {
        var occurrences = Occurrences(cron: cron, clock: clock, after: time)
        return occurrences.next()
    }

    /// The occurrences after an instant, in order, up to and including another.
    ///
    /// - Parameter limit: the most that are given; none are left out before the last that is.
    package func occurrences(after time: Timestamp, through end: Timestamp, limit: Int) -> [Timestamp] {
        Array(sequence(after: time, through: end).prefix(limit))
    }

    func sequence(after time: Timestamp, through end: Timestamp) -> some Sequence<Timestamp> {
        var occurrences = Occurrences(cron: cron, clock: clock, after: time)
        return AnyIterator { occurrences.next().flatMap { $0 <= end ? $0 : nil } }
    }
}

/// The occurrences of an expression by a clock, without end but that of `Schedule.yearMax`.
private struct Occurrences: IteratorProtocol {
    private let cron: CronExpression
    private let clock: WallClock
    /// All occurrences up to this instant have been given.
    private var instant: Int64
    /// When clocks are next set, where that has been asked: the answer holds until then.
    private var change: Int64??

    /// The end of `Schedule.yearMax`, give or take a zone.
    private static let end = (CivilDate(year: Schedule.yearMax, month: 12, day: 31)?.daysSince1970 ?? 0) * 86_400

    init(cron: CronExpression, clock: WallClock, after time: Timestamp) {
        (self.cron, self.clock) = (cron, clock)
        instant = max(time.wholeSeconds, -Self.end)
    }

    mutating func next() -> Timestamp? {
        guard instant < Self.end, let found = cron.isOfEveryHour ? nextByHours() : nextByDay() else { return nil }
        instant = found
        return Timestamp(wholeSeconds: found)
    }

    /// Later readings have later instants, so the search begins with what the clock shows now.
    private func nextByDay() -> Int64? {
        var minute = cron.firstMatch(from: clock.reading(at: instant).flooredDivision(by: 60).quotient)
        while let candidate = minute {
            let found = clock.instant(of: candidate * 60)
            if found > instant { return found <= Self.end ? found : nil }
            minute = cron.firstMatch(from: candidate + 1)
        }
        return nil
    }

    /// Goes from one setting of the clocks to the next; between them the wall's minutes are the real ones.
    private mutating func nextByHours() -> Int64? {
        var start = instant
        while start < Self.end {
            let change = nextChange(after: start)
            // The clocks' setting is itself a minute of the new time, hence the offset of the second that follows.
            let offset = clock.offset(at: start + 1)
            let minute = (start + offset).flooredDivision(by: 60).quotient + 1
            guard let match = cron.firstMatch(from: minute) else { return nil }
            guard let change, match * 60 - offset >= change else { return match * 60 - offset }
            start = change - 1
        }
        return nil
    }

    private mutating func nextChange(after start: Int64) -> Int64? {
        if let known = change, known.map({ $0 > start + 1 }) ?? true { return known }
        let found = clock.nextChange(after: start + 1)
        change = .some(found)
        return found
    }
}
