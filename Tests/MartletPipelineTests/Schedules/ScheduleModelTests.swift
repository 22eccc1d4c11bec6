import MartletCore
import Testing

@testable import MartletPipeline

/// Schedules against Vixie's cron as it works: it wakes each minute and looks at the clock on the wall.
@Suite struct ScheduleModelTests {
    /// A week in which a zone's clocks are set, or a common one.
    struct Week: CustomStringConvertible, Sendable {
        let zone: String
        let start: String
        var description: String { "\(zone) from \(start)" }
    }

    private static let weeks = [
        Week(zone: "America/New_York", start: "2024-03-07"), Week(zone: "America/New_York", start: "2024-10-31"),
        Week(zone: "Europe/Berlin", start: "2024-03-28"), Week(zone: "Europe/Berlin", start: "2024-10-24"),
        Week(zone: "Australia/Lord_Howe", start: "2024-10-02"), Week(zone: "Australia/Lord_Howe", start: "2024-04-03"),
        Week(zone: "Asia/Kathmandu", start: "2024-02-26"), Week(zone: "America/Sao_Paulo", start: "2018-10-31"),
        Week(zone: "America/Sao_Paulo", start: "2018-02-14"), Week(zone: "Pacific/Apia", start: "2011-12-27"),
        Week(zone: "America/St_Johns", start: "2010-11-03"),
    ]

    /// What a daemon fires that looks at the clock each minute: times of day as the clock first comes to or past them, real hours as the
    /// clock shows them.
    private func fired(_ cron: RandomCron, _ clock: WallClock, from start: Int64, through end: Int64) -> [Int64] {
        // Before the start the clock has shown all readings up to the present one.
        var furthest = clock.reading(at: start).flooredDivision(by: 60).quotient
        return stride(from: start + 60, through: end, by: 60).filter { instant in
            let reading = clock.reading(at: instant) / 60
            defer { furthest = max(furthest, reading) }
            if cron.isOfEveryHour { return cron.names(reading) }
            return reading > furthest && (furthest + 1...reading).contains(where: cron.names)
        }
    }

    @Test(arguments: weeks)
    func `occurrences are those of a daemon that looks at the clock each minute`(week: Week) throws {
        var random = SplitMix64(seed: 5)
        let clock = try WallClock(week.zone)
        let start = try #require(Timestamp(week.start)).wholeSeconds
        let end = start + 7 * 86_400
        var count = 0
        for _ in 0..<25 {
            let cron = RandomCron(.dense, using: &random)
            let schedule = try Schedule(cron: CronExpression(cron.description), zone: week.zone)
            let found = schedule.occurrences(after: Timestamp(wholeSeconds: start), through: Timestamp(wholeSeconds: end), limit: .max)
            let expected = fired(cron, clock, from: start, through: end)
            #expect(found.map(\.wholeSeconds) == expected, "\(cron)")
            count += expected.count
        }
        #expect(count > 600)
    }

    @Test func `days of years are those of a calendar that is read day by day, and an expression without any is refused`() throws {
        var random = SplitMix64(seed: 6)
        // 32 years hold each weekday of a 29 February.
        let first = try #require(Timestamp("1999-12-01")).wholeSeconds / 86_400
        let days = first..<first + 32 * 366
        var refusedCount = 0
        for position in 0..<60 {
            let usual = RandomCron(.sparse, using: &random)
            let cron = position % 2 == 0 ? usual : usual.onRareDays(using: &random)
            let minute = try #require(
                (0..<1_440).first { cron.fields[0].values.contains($0 % 60) && cron.fields[1].values.contains($0 / 60) })
            let expected = days.filter { cron.names($0 * 1_440 + minute) }
            guard !expected.isEmpty else {
                #expect(throws: MartletError.self, "\(cron)") { try CronExpression(cron.description) }
                refusedCount += 1
                continue
            }
            let expression = try CronExpression(cron.description)
            var found: [Int64] = []
            while let next = expression.firstMatch(from: ((found.last ?? first - 1) + 1) * 1_440), next / 1_440 < days.upperBound {
                found.append(next / 1_440)
            }
            #expect(found == expected, "\(cron)")
        }
        #expect((1..<30).contains(refusedCount))
    }
}
