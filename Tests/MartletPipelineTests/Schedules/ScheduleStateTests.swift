import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct ScheduleStateTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp("2024-05-\(text)Z")) }

    private func schedule(_ missed: MissedPolicy = .latest) throws -> Schedule {
        try Schedule(cron: CronExpression("0 3 * * *"), missed: missed)
    }

    // MARK: Schedules

    @Test func `a time fires once, and its firing waits until its run has ended`() throws {
        var state = ScheduleState("x", since: try time("01T00:00"))
        try state.fireDue(schedule(), now: time("01T02:59"))
        #expect(state.pending.isEmpty)
        try state.fireDue(schedule(), now: time("01T03:00"))
        try state.fireDue(schedule(), now: time("01T03:01"))
        #expect(state.pending.map(\.nominalTime) == [try time("01T03:00")])
        let id = try #require(state.pending.first?.id)
        state.begin(id)
        #expect(state.pending.map(\.isBegun) == [true])
        state.end(id, at: try time("01T03:05"), failure: nil)
        #expect(state.pending.isEmpty)
        #expect(state.last?.firing.nominalTime == (try time("01T03:00")))
        #expect(state.lastFired == (try time("01T03:00")))
        try state.fireDue(schedule(), now: time("01T04:00"))
        #expect(state.pending.isEmpty)
    }

    @Test(arguments: [(MissedPolicy.latest, ["04T03:00"], 2), (.all, ["02T03:00", "03T03:00", "04T03:00"], 0), (.skip, [], 3)])
    func `times that were missed fire by the policy`(missed: MissedPolicy, fired: [String], passedOver: Int) throws {
        var state = ScheduleState("x", since: try time("01T12:00"))
        for now in ["04T12:00", "04T12:05"] { try state.fireDue(schedule(missed), now: time(now)) }
        #expect(try state.pending.map(\.nominalTime) == fired.map(time))
        #expect(state.passedOverCount == passedOver)
        #expect(state.lastPassedOver == (passedOver > 0 ? try time("04T12:00") : nil))
    }

    @Test(arguments: [(MissedPolicy.latest, 1, 1), (.all, 2, 0), (.skip, 1, 1)])
    func `a newer time takes the place of one that waits, unless all are to fire`(missed: MissedPolicy, count: Int, passedOver: Int) throws
    {
        var state = ScheduleState("x", since: try time("01T00:00"))
        for now in ["01T03:00", "02T03:00"] { try state.fireDue(schedule(missed), now: time(now)) }
        #expect(state.pending.last?.nominalTime == (try time("02T03:00")))
        #expect((state.pending.count, state.passedOverCount) == (count, passedOver))
    }

    @Test func `a time that came while the one before it runs waits beside it`() throws {
        var state = ScheduleState("x", since: try time("01T00:00"))
        try state.fireDue(schedule(), now: time("01T03:00"))
        state.begin(try #require(state.pending.first?.id))
        try state.fireDue(schedule(), now: time("02T03:00"))
        #expect(try state.pending.map(\.nominalTime) == [time("01T03:00"), time("02T03:00")])
        #expect(state.passedOverCount == 0)
    }

    @Test func `of more than the limit the oldest that wait are passed over`() throws {
        let minutes = try Schedule(cron: CronExpression("* * * * *"), missed: .all)
        var state = ScheduleState("x", since: try time("01T00:00"))
        state.fireDue(minutes, now: try time("01T16:40"))
        #expect((state.pending.count, state.passedOverCount) == (1_000, 0))
        state.fireDue(minutes, now: try time("01T16:42"))
        #expect((state.pending.count, state.passedOverCount) == (1_000, 2))
        #expect(state.pending.first?.nominalTime == (try time("01T00:03")))
    }

    @Test func `another declaration has no times of before`() throws {
        var state = ScheduleState("x", since: try time("01T00:00"))
        state.declare("x", now: try time("03T12:00"))
        #expect(state.since == (try time("01T00:00")))
        state.declare("y", now: try time("03T12:00"))
        try state.fireDue(schedule(.all), now: time("04T12:00"))
        #expect(try state.pending.map(\.nominalTime) == [time("04T03:00")])
    }

    // MARK: Triggers

    @Test func `what is there at the first look fires nothing, what comes or changes later fires once`() throws {
        var state = ScheduleState("file *.csv", since: try time("01T00:00"))
        state.notice(["a": "1"], now: try time("01T00:00"))
        state.notice(["a": "1"], now: try time("01T00:01"))
        #expect(state.pending.isEmpty)
        state.notice(["a": "1", "b": "1"], now: try time("01T00:02"))
        #expect(state.pending.map(\.reason) == ["b changed"])
        state.notice(["a": "2", "b": "1"], now: try time("01T00:03"))
        #expect(state.pending.map(\.reason) == ["a changed"], "what waits reads what is there when it runs")
        #expect(state.pending.map(\.nominalTime) == [try time("01T00:02")])
    }

    @Test func `what changes while a firing runs is another one's`() throws {
        var state = ScheduleState("file *.csv", since: try time("01T00:00"))
        state.notice([:], now: try time("01T00:00"))
        state.notice(["a": "1"], now: try time("01T00:01"))
        state.begin(try #require(state.pending.first?.id))
        state.notice(["a": "2"], now: try time("01T00:02"))
        #expect(try state.pending.map(\.nominalTime) == [time("01T00:01"), time("01T00:02")])
    }

    @Test func `what is gone fires nothing, and fires when it is back`() throws {
        var state = ScheduleState("file *.csv", since: try time("01T00:00"))
        for found in [["a": "1"], [:]] { state.notice(found, now: try time("01T00:00")) }
        #expect(state.pending.isEmpty)
        state.notice(["a": "1"], now: try time("01T00:01"))
        #expect(state.pending.count == 1)
    }

    @Test func `a reason names a few of many`() throws {
        var state = ScheduleState("file *.csv", since: try time("01T00:00"))
        state.notice([:], now: try time("01T00:00"))
        state.notice(["a": "1", "b": "1", "c": "1", "d": "1", "e": "1"], now: try time("01T00:01"))
        #expect(state.pending.map(\.reason) == ["a, b, c and 2 more changed"])
    }

    @Test func `another pattern does not fire for what it finds first`() throws {
        var state = ScheduleState("file *.csv", since: try time("01T00:00"))
        state.notice(["a.csv": "1"], now: try time("01T00:00"))
        state.declare("file *.txt", now: try time("01T00:01"))
        state.notice(["a.txt": "1"], now: try time("01T00:01"))
        #expect(state.pending.isEmpty)
    }

    @Test func `a queue takes as many events as the limit, each on its own, and refuses the next`() throws {
        var state = ScheduleState("webhook x", since: try time("01T00:00"))
        let now = try time("01T00:00")
        for number in 0..<ScheduleState.pendingCountMax {
            try state.enqueue(Firing(id: "\(number)", nominalTime: now, reason: "r"))
        }
        let error = #expect(throws: MartletError.self) { try state.enqueue(Firing(id: "one more", nominalTime: now, reason: "r")) }
        #expect(error?.code == .overloaded)
        state.end("0", at: now, failure: nil)
        try state.enqueue(Firing(id: "one more", nominalTime: now, reason: "r"))
        #expect(state.pending.map(\.id).suffix(2) == ["99", "one more"])
    }

    @Test func `a signed delivery fires once, also after its run, and other requests each time`() throws {
        var state = ScheduleState("webhook x", since: try time("01T00:00"))
        let firing = Firing(id: "d1", nominalTime: try time("01T01:00"), reason: "x")
        for _ in 0..<2 { try state.enqueue(firing, isDelivery: true) }
        #expect(state.pending.count == 1)
        state.end("d1", at: try time("01T02:00"), failure: nil)
        try state.enqueue(firing, isDelivery: true)
        #expect(state.pending.isEmpty)
        try state.enqueue(firing)
        #expect(state.pending.count == 1)
    }

    @Test func `so many deliveries are remembered and no more`() throws {
        var state = ScheduleState("webhook x", since: try time("01T00:00"))
        let at = try time("01T01:00")
        for number in 0...ScheduleState.deliveryCountMax {
            try state.enqueue(Firing(id: "d\(number)", nominalTime: at, reason: "x"), isDelivery: true)
            state.end("d\(number)", at: at, failure: nil)
        }
        #expect(state.deliveries?.count == ScheduleState.deliveryCountMax)
        try state.enqueue(Firing(id: "d1", nominalTime: at, reason: "x"), isDelivery: true)
        #expect(state.pending.isEmpty)
    }

    // MARK: Drift

    private func judgement(_ pair: String, _ hasDrifted: Bool = true) throws -> DriftJudgement {
        DriftJudgement(pair: pair, base: nil, hasDrifted: hasDrifted, words: "words of \(pair)", at: try time("01T00:00"))
    }

    @Test func `two samples that drifted fire once, also when their run has ended, and those that did not fire nothing`() throws {
        var state = ScheduleState("drift of x", since: try time("01T00:00"))
        try state.judge(judgement("a b"), now: time("01T01:00"))
        #expect(state.pending.map(\.reason) == ["words of a b"])
        let id = try #require(state.pending.first?.id)
        state.begin(id)
        state.end(id, at: try time("01T02:00"), failure: "it broke")
        try state.judge(judgement("a b"), now: time("01T03:00"))
        try state.judge(judgement("a c", false), now: time("01T04:00"))
        #expect(state.pending.isEmpty)
        #expect(try state.judged == judgement("a c", false))
    }

    @Test func `a newer drift takes the place of one that waits, and waits beside one that runs`() throws {
        var state = ScheduleState("drift of x", since: try time("01T00:00"))
        try state.judge(judgement("a b"), now: time("01T01:00"))
        try state.judge(judgement("a c"), now: time("01T02:00"))
        #expect(state.pending.map(\.reason) == ["words of a c"])
        state.begin(try #require(state.pending.first?.id))
        try state.judge(judgement("a d"), now: time("01T03:00"))
        #expect(state.pending.map(\.reason) == ["words of a c", "words of a d"])
    }

    @Test func `with another threshold the same two samples are judged anew`() throws {
        var state = ScheduleState("drift of x, over 0.2", since: try time("01T00:00"))
        try state.judge(judgement("a b", false), now: time("01T01:00"))
        state.declare("drift of x, over 0.1", now: try time("01T02:00"))
        #expect(state.judged == nil)
        try state.judge(judgement("a b"), now: time("01T03:00"))
        #expect(state.pending.count == 1)
    }

    @Test func `what was kept before there were deliveries and drift is read`() throws {
        let text = """
            {"declaration": "webhook x", "since": "2024-05-01T00:00:00Z", "pending": [], "passedOverCount": 0}
            """
        let state = try JSONValue(parsing: text, as: "a state").decoded(as: ScheduleState.self)
        #expect(state == ScheduleState("webhook x", since: try time("01T00:00")))
    }
}
