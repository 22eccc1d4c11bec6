import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct ScheduleBookTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp("2024-05-\(text)Z")) }

    private func book() throws -> ScheduleBook {
        ScheduleBook(
            schedules: [
                "nightly": try Schedule(cron: CronExpression("0 3 * * *")), "hourly": try Schedule(cron: CronExpression("@hourly")),
            ], triggers: ["hook": "webhook hook"])
    }

    @Test func `what is first seen fires nothing of before`() throws {
        var states: [ScheduleName: ScheduleState] = [:]
        try book().advance(&states, now: time("01T03:00:30"))
        #expect(states.keys.sorted() == [.schedule("hourly"), .schedule("nightly"), .trigger("hook")])
        #expect(try book().due(states) == nil)
        #expect(try book().wake(after: time("01T03:00:30")) == time("01T04:00"))
    }

    @Test func `the firing of the earliest time is run first, and of equal ones that of the first name`() throws {
        var states: [ScheduleName: ScheduleState] = [:]
        let book = try book()
        book.advance(&states, now: try time("01T02:30"))
        try states[.trigger("hook")]?.enqueue(Firing(id: "e", nominalTime: time("01T02:45"), reason: "r"))
        book.advance(&states, now: try time("01T03:00"))
        var order: [ScheduleBook.Due] = []
        while let due = book.due(states) {
            order.append(due)
            states[due.name]?.end(due.firing.id, at: try time("01T03:10"), failure: nil)
        }
        #expect(order.map(\.name) == [.trigger("hook"), .schedule("hourly"), .schedule("nightly")])
        #expect(try order.map(\.firing.nominalTime) == [time("01T02:45"), time("01T03:00"), time("01T03:00")])
    }

    @Test func `what is declared no more does not run`() throws {
        var states: [ScheduleName: ScheduleState] = [:]
        try book().advance(&states, now: time("01T02:30"))
        try book().advance(&states, now: time("01T03:00"))
        #expect(ScheduleBook(schedules: [:], triggers: [:]).due(states) == nil)
    }

    @Test func `a firing whose runs were cut off is run again, and given up in the end`() throws {
        var states: [ScheduleName: ScheduleState] = [:]
        let book = try book()
        book.advance(&states, now: try time("01T02:30"))
        book.advance(&states, now: try time("01T03:00"))
        for number in 0..<ScheduleState.attemptCountMax {
            let due = try #require(book.due(states))
            #expect(due.name == .schedule("hourly"))
            #expect(!due.isGivenUp, "attempt \(number)")
            states[due.name]?.begin(due.firing.id)
        }
        let due = try #require(book.due(states))
        #expect(due.isGivenUp)
        states[due.name]?.giveBack(due.firing.id)
        #expect(book.due(states)?.isGivenUp == false)
    }

    @Test func `a schedule and a trigger of one name are two things`() throws {
        let names: [ScheduleName] = [.schedule("a b"), .trigger("a b")]
        #expect(names.map { ScheduleName("\($0)") } == names)
        #expect(ScheduleName("nightly") == nil)
        #expect(ScheduleName("cron nightly") == nil)
    }

    @Test func `a row says what is next, what waits and what was passed over`() throws {
        var states: [ScheduleName: ScheduleState] = [:]
        let book = try book()
        book.advance(&states, now: try time("01T02:30"))
        let rows = ScheduleRow.rows(of: book, states, now: try time("03T03:30"))
        #expect(rows.map(\.name) == [.schedule("hourly"), .schedule("nightly"), .trigger("hook")])
        let nightly = rows[1]
        #expect(try nightly.next == [time("04T03:00"), time("05T03:00"), time("06T03:00")])
        #expect(try nightly.waiting.map(\.nominalTime) == [time("03T03:00")])
        #expect(nightly.passedOverCount == 2)
        #expect(rows[2].next.isEmpty)
        #expect(rows[2].lastFired == nil)
    }
}
