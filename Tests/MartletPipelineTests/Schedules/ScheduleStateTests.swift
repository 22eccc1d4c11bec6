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

    @Test func `a clock that was set back by little fires nothing again, and one that was wrong by much is followed`() throws {
        var state = ScheduleState("x", since: try time("01T00:00"))
        try state.fireDue(schedule(.all), now: time("01T04:00"))
        try state.fireDue(schedule(.all), now: time("01T01:00"))
        try state.fireDue(schedule(.all), now: time("01T03:30"))
        #expect(try state.pending.map(\.nominalTime) == [time("01T03:00")])
        for now in ["20T12:00", "02T02:00", "02T03:00"] { try state.fireDue(schedule(), now: time(now)) }
        #expect(try state.pending.map(\.nominalTime) == [time("02T03:00")])

        var new = ScheduleState("x", since: try time("20T00:00"))
        for now in ["02T02:00", "02T03:00"] { try new.fireDue(schedule(), now: time(now)) }
        #expect(try new.pending.map(\.nominalTime) == [time("02T03:00")])
    }

    @Test func `a machine that starts without the time fires nothing again once it knows it`() throws {
        var state = ScheduleState("x", since: try time("01T00:00"))
        try state.fireDue(schedule(.all), now: time("20T04:00"))
        let fired = state.pending
        #expect(fired.count == 20)
        try state.fireDue(schedule(.all), now: Timestamp(microseconds: 60_000_000))
        #expect(state.pending == fired)
        try state.fireDue(schedule(.all), now: time("20T05:00"))
        #expect(state.pending == fired)
        try state.fireDue(schedule(.all), now: time("21T04:00"))
        #expect(try state.pending.map(\.nominalTime) == fired.map(\.nominalTime) + [time("21T03:00")])
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

    /// Takes a delivery whose run ends at once. - Returns: whether it fired.
    private func deliver(_ id: String, at time: Timestamp, to state: inout ScheduleState) throws -> Bool {
        try state.enqueue(Firing(id: id, nominalTime: time, reason: "x"), isDelivery: true)
        let hasFired = !state.pending.isEmpty
        state.end(id, at: time, failure: nil)
        return hasFired
    }

    @Test func `every delivery is remembered for as long as it is good, and where they are too many no more are taken`() throws {
        var state = ScheduleState("webhook x", since: try time("01T00:00"))
        let at = try time("01T01:00")
        for number in 0..<ScheduleState.deliveryCountMax { #expect(try deliver("d\(number)", at: at, to: &state)) }
        let error = #expect(throws: MartletError.self) { try deliver("one more", at: at, to: &state) }
        #expect(error?.code == .overloaded)
        #expect(try !deliver("d0", at: time("01T01:10"), to: &state), "signed by a clock 5 minutes ahead it would still be let in")
        #expect(throws: MartletError.self) { try deliver("one more", at: time("01T01:10"), to: &state) }
        #expect(try deliver("one more", at: time("01T01:11"), to: &state))
        #expect(state.deliveries?.map(\.id) == ["one more"])
    }

    @Test func `deliveries of which only the ids were kept are known for as long as others`() throws {
        let text = """
            {"declaration": "webhook x", "since": "2024-05-01T00:00:00Z", "pending": [], "passedOverCount": 0, "deliveries": ["d1", "d2"]}
            """
        var state = try JSONValue(parsing: text, as: "a state").decoded(as: ScheduleState.self)
        #expect(try !deliver("d1", at: time("01T01:00"), to: &state))
        state = try JSONValue(encoding: state).decoded(as: ScheduleState.self)
        #expect(try !deliver("d2", at: time("01T01:10"), to: &state))
        #expect(try deliver("d2", at: time("01T01:11"), to: &state))
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

    @Test func `two samples that were judged before others fire no more, as after a rollback`() throws {
        var state = ScheduleState("drift of x", since: try time("01T00:00"))
        for pair in ["a c", "b c", "a c", "b c"] { try state.judge(judgement(pair), now: time("01T01:00")) }
        #expect(state.pending.map(\.reason) == ["words of b c"])
        #expect(state.judged?.pair == "b c")
        state = try JSONValue(encoding: state).decoded(as: ScheduleState.self)
        #expect(["a c", "b c", "a b"].map(state.hasJudged) == [true, true, false])
    }

    @Test func `so many pairs that were judged are remembered`() throws {
        var state = ScheduleState("drift of x", since: try time("01T00:00"))
        for number in 0...ScheduleState.judgedCountMax { try state.judge(judgement("\(number)", false), now: time("01T01:00")) }
        #expect(["0", "1", "\(ScheduleState.judgedCountMax)"].map(state.hasJudged) == [false, true, true])
    }

    @Test func `what others are compared with and what webhooks were sent is read again`() throws {
        var state = ScheduleState("x", since: try time("01T00:00"))
        #expect(state.contents.isEmpty)
        let at = try time("01T01:00")
        state.judge(DriftJudgement(pair: "a b", base: Digest(of: "a"), hasDrifted: false, words: "x", at: at), now: at)
        for id in ["done", "waits"] { try state.enqueue(Firing(id: id, nominalTime: at, reason: "x", payload: Digest(of: id))) }
        state.end("done", at: at, failure: nil)
        #expect(state.contents == Set(["a", "done", "waits"].map { Digest(of: $0) }))
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
