import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct RunEngineTests {
    private static let now = Timestamp(microseconds: 0)

    private func step(
        _ name: String, from sources: [String] = [], by key: String? = nil, _ values: [String] = [],
        _ change: (inout Step) -> Void = { _ in }
    ) -> Step {
        var step = Step(
            name: name, code: "1", inputs: Dictionary(uniqueKeysWithValues: sources.map { ($0, .output(step: $0, name: "out")) }),
            parameters: [:], environment: [:], work: .command(CommandWork(words: .shell("true"), folder: ".", outputs: [:])))
        if let key { step.fanOuts = [FanOut(key: key, values: .list(values))] }
        change(&step)
        return step
    }

    private typealias Play = RunPlay

    // MARK: Fanning out and joining

    @Test func `a step that is fanned out has an instance for each combination, and a join waits for all`() throws {
        var grid = step("fit", by: "seed", ["1", "2"])
        grid.fanOuts.append(FanOut(key: "rate", values: .list(["a", "b", "c"])))
        var play = try Play([grid, step("best", from: ["fit"])])
        play.play()
        #expect(play.outcomes.count == 7)
        #expect(play.outcomes.values.allSatisfy { $0 == .done })
        #expect(play.order.last == "best")
        #expect(play.engine.sources(of: StepID("best"), in: "fit").count == 6)
    }

    @Test func `instances with the same key are matched, and do not wait for others`() throws {
        let steps = [step("a", by: "day", ["1", "2"]), step("b", from: ["a"], by: "day", ["1", "2"])]
        var play = try Play(steps, cores: 2, seconds: { $0.step == "a" && $0.partition.values["day"] == "2" ? 10 : 1 })
        play.play()
        let place = play.launched.first { $0.id.description == "b[day=1]" }
        #expect(place?.at == Self.now + .seconds(1))
        #expect(play.engine.sources(of: StepID("b", StepPartition(["day": "1"])), in: "a").map(\.description) == ["a[day=1]"])
    }

    @Test func `a fan-out by a step's output waits for it, and may have no instance at all`() throws {
        func dynamic(_ values: [String]) throws -> Play {
            var part = step("part")
            part.fanOuts = [FanOut(key: "p", values: .output(OutputName(step: "list", output: "out")))]
            var play = try Play([step("list"), part, step("join", from: ["part"])], dynamic: ["part": ["p": values]])
            play.play()
            return play
        }
        #expect(try dynamic(["x", "y"]).order == ["list", "part[p=x]", "part[p=y]", "join"])
        #expect(try dynamic([]).order == ["list", "join"])
    }

    @Test func `a fan-out by the output of a step that failed is blocked, with all that follows`() throws {
        var part = step("part")
        part.fanOuts = [FanOut(key: "p", values: .output(OutputName(step: "list", output: "out")))]
        var play = try Play(
            [step("list"), part, step("join", from: ["part"])], failure: { id, _ in id.step == "list" ? StepFailure(.exit, "no") : nil })
        play.play()
        #expect(play.outcomes[StepID("part")] == .blocked(by: StepID("list")))
        #expect(play.outcomes[StepID("join")] == .blocked(by: StepID("part")))
        #expect(play.isFinished)
    }

    @Test func `readers of some instances of a step that could not be fanned out are blocked too`() throws {
        var work = step("work", by: "day", ["1", "2"])
        work.fanOuts.append(FanOut(key: "part", values: .output(OutputName(step: "list", output: "out"))))
        var play = try Play(
            [step("list"), work, step("join", from: ["work"], by: "day", ["1", "2"])],
            failure: { id, _ in id.step == "list" ? StepFailure(.exit, "no") : nil })
        play.play()
        #expect(play.isFinished)
        for day in ["1", "2"] {
            #expect(play.outcomes[StepID("join", StepPartition(["day": day]))] == .blocked(by: StepID("work")))
        }
    }

    @Test func `a chain as long as a graph may be needs no deep stack`() throws {
        let chain = (0..<50_000).map { step("s\($0)", from: $0 == 0 ? [] : ["s\($0 - 1)"]) }
        var play = try Play(chain, failure: { id, _ in id.step == "s0" ? StepFailure(.exit, "no") : nil })
        play.play()
        #expect(play.isFinished)
        #expect(play.outcomes[StepID("s49999")] == .blocked(by: StepID("s49998")))
    }

    @Test func `more instances than there may be are refused before they are made`() throws {
        let values = (0..<1_000).map { "\($0)" }
        var grid = step("grid", by: "a", values)
        grid.fanOuts.append(FanOut(key: "b", values: .list(values)))
        var play = try Play([grid])
        play.play()
        guard case .failed(let failure)? = play.outcomes[StepID("grid")] else {
            Issue.record("it was fanned out")
            return
        }
        #expect(failure.message.contains("1000 × 1000 instances"))
    }

    // MARK: Failing

    @Test func `what does not depend on a failure goes on`() throws {
        var play = try Play(
            [step("a"), step("b", from: ["a"]), step("c"), step("d", from: ["c"])],
            failure: { id, _ in id.step == "a" ? StepFailure(.exit, "no") : nil })
        play.play()
        #expect(play.outcomes[StepID("b")] == .blocked(by: StepID("a")))
        #expect(play.outcomes[StepID("d")] == .done)
    }

    @Test func `failing fast begins nothing more`() throws {
        var options = RunEngine.Options()
        options.failsFast = true
        var play = try Play(
            [step("a"), step("b"), step("c", from: ["b"])], cores: 1, options: options,
            failure: { id, _ in id.step == "a" ? StepFailure(.exit, "no") : nil })
        play.play()
        // From 'b' the way is longer, so that it is first.
        #expect(play.order == ["b", "a"])
        #expect(play.outcomes[StepID("c")] == .cancelled)
        #expect(play.isFinished)
    }

    @Test func `attempts are spaced by a growing wait, and end`() throws {
        let retry = step("a") { $0.policy.retry = RetryPolicy(times: 3, waitSeconds: 10, factor: 2, waitMaxSeconds: 30) }
        var play = try Play([retry], failure: { _, _ in StepFailure(.exit, "no") })
        play.play()
        let gaps = zip(play.launched, play.launched.dropFirst()).map { ($1.at - $0.at) / .seconds(1) - 1 }
        #expect(gaps.count == 3)
        for (gap, wait) in zip(gaps, [10.0, 20, 30]) { #expect((wait * 0.75...wait * 1.25).contains(gap)) }
        #expect(play.outcomes[StepID("a")] == .failed(StepFailure(.exit, "no")))
    }

    @Test func `a kind of failure that is not named is not tried again, and a loss always is`() throws {
        let picky = step("a") { $0.policy.retry = RetryPolicy(times: 5, kinds: [.time]) }
        var exits = try Play([picky], failure: { _, _ in StepFailure(.exit, "no") })
        exits.play()
        #expect(exits.launched.count == 1)
        var losses = try Play([step("a")], failure: { _, attempt in attempt <= 2 ? StepFailure(.lost, "gone") : nil })
        losses.play()
        #expect(losses.outcomes[StepID("a")] == .done)
        #expect(losses.launched.count == 3)
    }

    @Test func `a once-only step that began is never begun again`() throws {
        let once = step("a") {
            $0.policy.isOnceOnly = true
            $0.policy.retry = RetryPolicy(times: 5)
        }
        for kind in [StepFailure.Kind.exit, .lost, .time] {
            var play = try Play([once], failure: { _, _ in StepFailure(kind, "no") })
            play.play()
            #expect(play.launched.count == 1, "\(kind)")
        }
        var unbegun = try Play([once], failure: { _, attempt in attempt == 1 ? StepFailure(.start, "no") : nil })
        unbegun.play()
        #expect(unbegun.outcomes[StepID("a")] == .done)
    }

    @Test func `a poisoned instance is tried once more at the end, set aside, and the rest goes on`() throws {
        let days = ["1", "2", "3", "4", "5"]
        let poisoned = step("clean", by: "day", days) { $0.policy.tolerance = 0.2 }
        let steps = [
            poisoned, step("use", from: ["clean"], by: "day", days), step("join", from: ["use"]) { $0.policy.tolerance = 0.2 },
            step("all", from: ["clean"]),
        ]
        var play = try Play(steps, cores: 1, failure: { id, _ in id.description == "clean[day=3]" ? StepFailure(.exit, "bad") : nil })
        play.play()
        #expect(play.launched.filter { $0.id.description == "clean[day=3]" }.count == 2)
        #expect(play.parked.map(\.description) == ["clean[day=3]"], "who watches is told that it runs no more")
        #expect(play.outcomes[StepID("clean", StepPartition(["day": "3"]))] == .quarantined(StepFailure(.exit, "bad")))
        #expect(play.outcomes[StepID("all")] == .done)
        #expect(play.engine.sources(of: StepID("all"), in: "clean").count == 4)
        // What reads it is set aside with it; a join of those asks for a tolerance of its own.
        guard case .quarantined? = play.outcomes[StepID("use", StepPartition(["day": "3"]))] else {
            Issue.record("\(String(describing: play.outcomes[StepID("use", StepPartition(["day": "3"]))]))")
            return
        }
        #expect(play.isFinished)
    }

    @Test func `more poisoned instances than are tolerated block the join`() throws {
        let poisoned = step("clean", by: "day", ["1", "2", "3", "4"]) { $0.policy.tolerance = 0.25 }
        var play = try Play(
            [poisoned, step("all", from: ["clean"])],
            failure: { id, _ in ["1", "2"].contains(id.partition.values["day"]) ? StepFailure(.exit, "bad") : nil })
        play.play()
        guard case .blocked? = play.outcomes[StepID("all")] else {
            Issue.record("\(String(describing: play.outcomes[StepID("all")]))")
            return
        }
    }

    @Test func `a breaker that opens keeps work away for its pause, lets one try through, and closes when that succeeds`() throws {
        var options = RunEngine.Options()
        options.breakers = ["api": CircuitBreaker.Options(failures: 3, pause: .seconds(60))]
        let steps = (0..<8).map { number in
            step("s\(number)") {
                $0.demand.named = ["api": 1]
                $0.policy.retry = RetryPolicy(times: 9, waitSeconds: 0.1, waitMaxSeconds: 0.1)
            }
        }
        var play = try Play(
            steps, cores: 1, options: options, resources: { _ in Resources(cores: 1, named: ["api": 1]) },
            failure: { _, _ in nil })
        // Until it heals everything fails.
        var broken = try Play(
            steps, cores: 1, options: options, resources: { _ in Resources(cores: 1, named: ["api": 1]) },
            failure: { [clock = Clock()] _, _ in clock.tick() < 5 ? StepFailure(.exit, "down") : nil })
        broken.play()
        play.play()
        #expect(play.launched.count == 8)
        #expect(play.rests.isEmpty)
        #expect(broken.rests == ["api"], "a try that fails keeps it open, and is no news")
        let times = broken.launched.map { ($0.at - Self.now) / .seconds(1) }
        // Three failures open it; a try each minute; the sixth attempt succeeds and all go on.
        #expect(times[3] - times[2] >= 60 && times[4] - times[3] >= 60)
        #expect(broken.outcomes.count == 8 && broken.outcomes.values.allSatisfy { $0 == .done })
    }

    @Test func `a clock that is set back by a day neither cuts a wait short nor lets it grow by that`() throws {
        let wanting = Resources(cores: 1, named: ["api": 1])
        var options = RunEngine.Options()
        options.breakers = ["api": CircuitBreaker.Options(failures: 1, pause: .seconds(60))]
        let failing = step("a") {
            $0.demand.named = ["api": 1]
            $0.policy.retry = RetryPolicy(times: 2, waitSeconds: 10)
        }
        var engine = RunEngine(try StepGraph([failing]), capacity: Resources(cores: 1, named: ["api": 1]), options: options)
        func launches(_ event: RunEngine.Event, _ seconds: Int64) -> Int {
            engine.handle(event, at: Timestamp(microseconds: seconds * 1_000_000)).count { if case .launch = $0 { true } else { false } }
        }
        let id = StepID("a")
        _ = launches(.began, 100_000)
        #expect(launches(.prepared([(id, .stale(seconds: nil, resources: wanting))]), 100_000) == 1)
        #expect(launches(.failed(id, StepFailure(.exit, "down")), 100_000) == 0)
        #expect(launches(.woke, 100_030) == 0, "its wait is over, the pause is not")
        #expect(launches(.woke, 13_600) == 0, "a clock that is set back cuts no pause short")
        #expect(launches(.woke, 13_629) == 0)
        #expect(launches(.woke, 13_630) == 1, "what was waited before counts")
        #expect(launches(.failed(id, StepFailure(.exit, "down")), 13_640) == 0)
        #expect(launches(.woke, 1_000) == 0)
        #expect(launches(.woke, 1_060) == 1, "so it does each time")
    }

    private final class Clock {
        private var count = 0
        func tick() -> Int {
            defer { count += 1 }
            return count
        }
    }

    // MARK: Resources

    @Test func `a step that asks for more than there is fails at once, and says for what`() throws {
        var play = try Play([step("a")], cores: 2, resources: { _ in Resources(cores: 4) })
        play.play()
        guard case .failed(let failure)? = play.outcomes[StepID("a")] else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.message.contains("step 'a' asks for 4 cores of 2"))
    }

    @Test func `a large step is not passed by for ever`() throws {
        let small = (0..<400).map { step("s\($0)") }
        let large = step("large")
        var play = try Play([large] + small, cores: 4, resources: { Resources(cores: $0.step == "large" ? 4 : 1) })
        // It becomes ready while others run: a first small step keeps a core busy.
        play.play()
        let place = try #require(play.launched.firstIndex { $0.id.step == "large" })
        #expect(place <= RunEngine.bypassMax + 8)
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `in any graph nothing is given twice, all settles, and each step comes after its sources`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = 2 + random.index(below: 30)
        var needs: [String: Resources] = [:]
        let steps = (0..<count).map { number in
            needs["s\(number)"] = Resources(cores: Double(1 + random.index(below: 3)), memoryBytes: Int64(random.index(below: 1 << 39)))
            return step(
                "s\(number)", from: (0..<number).filter { _ in random.unit() < 0.2 }.map { "s\($0)" }, by: random.unit() < 0.3 ? "k" : nil,
                ["1", "2", "3"])
        }
        let failing = Set((0..<count).filter { _ in random.unit() < 0.1 }.map { "s\($0)" })
        var play = try Play(
            steps, cores: 3, seconds: { Double($0.step.count % 3) + 0.5 }, resources: { needs[$0.step] ?? .none },
            failure: { id, _ in failing.contains(id.step) ? StepFailure(.exit, "no") : nil })
        play.play()
        #expect(play.isFinished)
        #expect(play.usedMax.cores <= 3)
        #expect(play.usedMax.memoryBytes <= 1 << 40)
        for (id, outcome) in play.outcomes where outcome == .done {
            for source in steps.first(where: { $0.name == id.step })?.sources ?? [] {
                #expect(play.engine.sources(of: id, in: source).allSatisfy { play.outcomes[$0] == .done })
            }
        }
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `a run that is cancelled at any time settles everything`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let steps = (0..<12).map { number in
            step("s\(number)", from: (0..<number).filter { _ in random.unit() < 0.3 }.map { "s\($0)" }) {
                $0.policy.retry = RetryPolicy(times: 2, waitSeconds: 3)
            }
        }
        var play = try Play(steps, failure: { id, attempt in id.step == "s3" && attempt < 2 ? StepFailure(.exit, "no") : nil })
        play.play(cancelAt: Self.now + .seconds(random.unit() * 8))
        #expect(play.isFinished)
        #expect(play.outcomes.count == 12)
    }

    // MARK: Makespan

    /// The least time that any schedule takes: all work over all cores, or the longest way.
    private func bound(_ steps: [Step], _ seconds: [String: Double], cores: Double) throws -> Double {
        var way: [String: Double] = [:]
        for step in try StepGraph(steps).steps {
            way[step.name] = (step.sources.compactMap { way[$0] }.max() ?? 0) + (seconds[step.name] ?? 0)
        }
        return max(seconds.values.reduce(0, +) / cores, way.values.max() ?? 0)
    }

    @Test func `with durations that are known the longest way goes first, which beats first in, first out`() throws {
        // Many short steps were declared before the long chain.
        let short = (0..<12).map { step("short\($0)") }
        let chain = (0..<6).map { step("chain\($0)", from: $0 == 0 ? [] : ["chain\($0 - 1)"]) }
        let seconds = Dictionary(uniqueKeysWithValues: (short + chain).map { ($0.name, 1.0) })
        func makespan(_ order: RunEngine.Order) throws -> Double {
            var options = RunEngine.Options()
            options.order = order
            var play = try Play(short + chain, cores: 2, options: options, seconds: { seconds[$0.step] ?? 0 }, known: true)
            play.play()
            return play.makespan
        }
        let (learned, arrival) = (try makespan(.criticalPath), try makespan(.arrival))
        #expect(learned == 9)
        #expect(arrival == 12)
        #expect(try bound(short + chain, seconds, cores: 2) == 9)
    }

    @Test func `over random graphs the makespan is near the bound, and on average shorter than first in, first out`() throws {
        var random = SplitMix64(seed: 11)
        var (learned, arrival, bounds) = (0.0, 0.0, 0.0)
        for _ in 0..<200 {
            let count = 10 + random.index(below: 40)
            let steps = (0..<count).map { number in
                step("s\(number)", from: (0..<number).filter { _ in random.unit() < 1.5 / Double(count) }.map { "s\($0)" })
            }
            // Few long steps among many short ones, as in life.
            let seconds = Dictionary(
                uniqueKeysWithValues: steps.map { ($0.name, random.unit() < 0.15 ? 10 + 20 * random.unit() : 0.5 + random.unit()) })
            func makespan(_ order: RunEngine.Order) throws -> Double {
                var options = RunEngine.Options()
                options.order = order
                var play = try Play(steps, cores: 4, options: options, seconds: { seconds[$0.step] ?? 0 }, known: true)
                play.play()
                return play.makespan
            }
            learned += try makespan(.criticalPath)
            arrival += try makespan(.arrival)
            bounds += try bound(steps, seconds, cores: 4)
        }
        // Graham (1969): list scheduling is at most 2 − 1/4 times the best; in fact it is a few per cent from the bound.
        #expect(learned / bounds < 1.1)
        #expect(learned < arrival)
    }
}
