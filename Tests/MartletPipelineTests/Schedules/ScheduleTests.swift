import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct ScheduleTests {
    private func occurrences(_ cron: String, _ zone: String, after: String, through: String) throws -> [String] {
        let schedule = try Schedule(cron: CronExpression(cron), zone: zone)
        let (start, end) = (try #require(Timestamp(after)), try #require(Timestamp(through)))
        return schedule.occurrences(after: start, through: end, limit: 100).map { String($0.description.dropFirst(8).prefix(8)) }
    }

    @Test func `a time of day that does not exist fires as the clocks jump past it`() throws {
        // 10 March 2024 at 07:00Z: 02:00 EST becomes 03:00 EDT.
        let found = try occurrences("30 2 * * *", "America/New_York", after: "2024-03-09T00:00Z", through: "2024-03-12T00:00Z")
        #expect(found == ["09T07:30", "10T07:00", "11T06:30"])
    }

    @Test func `many times that do not exist fire once, with that which does at the instant of the jump`() throws {
        let found = try occurrences("*/20 1-3 * * *", "America/New_York", after: "2024-03-10T05:30Z", through: "2024-03-10T12:00Z")
        #expect(found == ["10T06:00", "10T06:20", "10T06:40", "10T07:00", "10T07:20", "10T07:40"])
    }

    @Test func `a time of day that occurs twice fires the first time`() throws {
        // 27 October 2024 at 01:00Z: 03:00 CEST becomes 02:00 CET.
        let found = try occurrences("30 2 * * *", "Europe/Berlin", after: "2024-10-26T00:00Z", through: "2024-10-29T00:00Z")
        #expect(found == ["26T00:30", "27T00:30", "28T01:30"])
        let again = try occurrences("30 2 * * *", "Europe/Berlin", after: "2024-10-27T01:10Z", through: "2024-10-28T03:00Z")
        #expect(again == ["28T01:30"])
    }

    @Test func `a star of hours follows the real hours`() throws {
        let spring = try occurrences("30 * * * *", "Europe/Berlin", after: "2024-03-30T23:00Z", through: "2024-03-31T03:00Z")
        #expect(spring == ["30T23:30", "31T00:30", "31T01:30", "31T02:30"])
        let autumn = try occurrences("0 * * * *", "Europe/Berlin", after: "2024-10-26T23:00Z", through: "2024-10-27T03:00Z")
        #expect(autumn == ["27T00:00", "27T01:00", "27T02:00", "27T03:00"])
    }

    @Test func `clocks that are set by half an hour keep the rules`() throws {
        // Lord Howe, 6 October 2024 at 15:30Z on the 5th: 02:00 becomes 02:30; 7 April at 15:00Z on the 6th: 02:00 becomes 01:30.
        let spring = try occurrences("15 2 * * *", "Australia/Lord_Howe", after: "2024-10-04T00:00Z", through: "2024-10-07T00:00Z")
        #expect(spring == ["04T15:45", "05T15:30", "06T15:15"])
        let left = try occurrences("*/15 * * * *", "Australia/Lord_Howe", after: "2024-10-05T15:00Z", through: "2024-10-05T16:00Z")
        #expect(left == ["05T15:15", "05T15:30", "05T15:45", "05T16:00"])
        let autumn = try occurrences("45 1 * * *", "Australia/Lord_Howe", after: "2024-04-05T00:00Z", through: "2024-04-08T00:00Z")
        #expect(autumn == ["05T14:45", "06T14:45", "07T15:15"])
        let twice = try occurrences("45 * * * *", "Australia/Lord_Howe", after: "2024-04-06T14:00Z", through: "2024-04-06T16:30Z")
        #expect(twice == ["06T14:45", "06T15:15", "06T16:15"])
    }

    @Test func `a zone of odd minutes fires by its own clock`() throws {
        let found = try occurrences("0 9 * * *", "Asia/Kathmandu", after: "2024-01-01T00:00Z", through: "2024-01-02T12:00Z")
        #expect(found == ["01T03:15", "02T03:15"])
    }

    @Test func `a day that a zone left out fires as it is jumped over`() throws {
        // Samoa went from 29 to 31 December 2011 at 10:00Z on the 30th.
        let found = try occurrences("0 10 30 12 *", "Pacific/Apia", after: "2011-12-01T00:00Z", through: "2012-12-01T00:00Z")
        #expect(found == ["30T10:00"])
    }

    @Test func `an occurrence lies after the time that is asked for, also within its second`() throws {
        let schedule = try Schedule(cron: CronExpression("0 3 * * *"))
        let three = try #require(Timestamp("2024-05-01T03:00:00Z"))
        #expect(schedule.occurrence(after: three) == Timestamp("2024-05-02T03:00:00Z"))
        #expect(schedule.occurrence(after: three - .microseconds(1)) == three)
        #expect(schedule.occurrence(after: three + .microseconds(1)) == Timestamp("2024-05-02T03:00:00Z"))
    }

    @Test func `occurrences end with the limit or with the last instant, which belongs to them`() throws {
        let schedule = try Schedule(cron: CronExpression("@hourly"))
        let start = try #require(Timestamp("2024-05-01T00:00:00Z"))
        #expect(schedule.occurrences(after: start, through: start + .seconds(7_200), limit: 10).count == 2)
        #expect(schedule.occurrences(after: start, through: start + .seconds(7_199), limit: 10).count == 1)
        #expect(schedule.occurrences(after: start, through: start + .seconds(86_400), limit: 3).count == 3)
        #expect(schedule.occurrences(after: start, through: start, limit: 3).isEmpty)
    }

    @Test(arguments: ["0 * * * *", "0 0 * * *"])
    func `nothing fires beyond the last year, and the first of times is no trap`(cron: String) throws {
        let schedule = try Schedule(cron: CronExpression(cron), zone: "Europe/Berlin")
        #expect(schedule.occurrence(after: Timestamp(microseconds: .max)) == nil)
        #expect(schedule.occurrence(after: try #require(Timestamp("+010000-01-01"))) == nil)
        #expect(schedule.occurrence(after: Timestamp(microseconds: .min)) != nil)
    }

    @Test(arguments: ["UTC", "GMT", "US/Eastern", "Europe/Berlin"])
    func `a zone is called what it was called`(zone: String) throws {
        #expect(try Schedule(cron: CronExpression("@daily"), zone: zone).zone == zone)
    }

    @Test(arguments: [
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"), ("america/new_york", "did you mean 'America/New_York'?"),
        ("new york", "did you mean 'America/New_York'?"), ("BST", "write CONTINENT/CITY"), ("GMT+2", "write CONTINENT/CITY"),
    ])
    func `an unknown zone is refused with the nearest`(zone: String, step: String) throws {
        let cron = try CronExpression("@daily")
        let error = #expect(throws: MartletError.self) { try Schedule(cron: cron, zone: zone) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.hasPrefix("zone: expected a name of the IANA database such as 'Europe/Berlin', found '\(zone)'; ") == true)
        #expect(error?.message.hasSuffix(step) == true)
    }
}
