import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct MissedPolicyTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp("2024-05-\(text)Z")) }

    private func due(
        _ missed: MissedPolicy, cron: String = "0 3 * * *", lastFired: String?, since: String = "01T00:00", now: String
    ) throws -> DueTimes {
        let schedule = try Schedule(cron: CronExpression(cron), missed: missed)
        return schedule.due(lastFired: try lastFired.map(time), since: try time(since), now: try time(now))
    }

    @Test func `after downtime the latest missed time fires once`() throws {
        #expect(try due(.latest, lastFired: "02T03:00", now: "06T12:00") == DueTimes(times: [time("06T03:00")], droppedCount: 3))
    }

    @Test func `all missed times fire, the oldest first`() throws {
        let found = try due(.all, lastFired: "02T03:00", now: "05T12:00")
        #expect(found == DueTimes(times: [try time("03T03:00"), try time("04T03:00"), try time("05T03:00")], droppedCount: 0))
    }

    @Test func `missed times are skipped, but not one that is on time`() throws {
        #expect(try due(.skip, lastFired: "02T03:00", now: "05T03:01:01") == DueTimes(times: [], droppedCount: 3))
        #expect(try due(.skip, lastFired: "02T03:00", now: "05T03:01:00") == DueTimes(times: [time("05T03:00")], droppedCount: 2))
    }

    @Test(arguments: MissedPolicy.allCases)
    func `a time fires once, when it has come`(missed: MissedPolicy) throws {
        #expect(try due(missed, lastFired: "02T03:00", now: "03T02:59:59").times.isEmpty)
        #expect(try due(missed, lastFired: "02T03:00", now: "03T03:00").times == [time("03T03:00")])
        #expect(try due(missed, lastFired: "03T03:00", now: "03T03:00:30").times.isEmpty)
    }

    @Test(arguments: MissedPolicy.allCases)
    func `a clock that was set back fires nothing again`(missed: MissedPolicy) throws {
        #expect(try due(missed, lastFired: "05T03:00", now: "02T03:00") == DueTimes(times: [], droppedCount: 0))
    }

    @Test func `times before the schedule was declared are not its own`() throws {
        #expect(try due(.all, lastFired: nil, since: "04T03:00", now: "05T03:00").times == [time("05T03:00")])
        #expect(try due(.all, lastFired: "01T03:00", since: "04T12:00", now: "05T03:00").times == [time("05T03:00")])
    }

    @Test func `of more than the limit the newest fire, and the others are counted`() throws {
        let found = try due(.all, cron: "* * * * *", lastFired: nil, since: "01T00:00", now: "03T00:00")
        #expect(found.times.count == Schedule.dueCountMax)
        #expect(found.times.last == (try time("03T00:00")))
        #expect(found.times.first == (try time("02T07:21")))
        #expect(found.droppedCount == 1_880)
        let exact = try due(.all, cron: "* * * * *", lastFired: nil, since: "01T00:00", now: "01T16:40")
        #expect((exact.times.count, exact.droppedCount) == (1_000, 0))
    }

    @Test func `older times than those that are looked for are not counted`() throws {
        let schedule = try Schedule(cron: CronExpression("@daily"), missed: .all)
        let now = try time("01T12:00")
        let found = schedule.due(lastFired: nil, since: Timestamp(microseconds: .min), now: now)
        #expect((found.times.count, found.droppedCount) == (366, 0))
    }
}
