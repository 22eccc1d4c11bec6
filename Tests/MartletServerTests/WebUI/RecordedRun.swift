import MartletCore
import MartletPipeline

@testable import MartletServer

/// One run with something of all that a page tells of, at times that never change.
struct RecordedRun {
    static let sources = StepSources([
        "fetch": [], "split": ["fetch"], "clean": ["split"], "board": ["clean"], "report": ["board"], "weather": [],
    ])
    static let start = Timestamp(microseconds: 1_700_000_000_000_000)
    /// What every place of a page may be asked to show.
    static let hostile = "</title><script>alert('x')</script>\" onload=\"&\u{202e}"

    var run = RunRecord(
        id: "1f0c9a2b7d8e", project: "flights",
        cause: RunCause(.schedule, name: "nightly", nominalTime: start - .seconds(20)), startedAt: start)
    var attempts: [AttemptRecord] = []
    var manifest: RunManifest?

    static func at(_ seconds: Double) -> Timestamp { start + .seconds(seconds) }

    /// Three days are cleaned, one of them fails twice; the board is made of the others.
    static func ended() throws -> RecordedRun {
        var recorded = RecordedRun()
        let failure = StepFailure(.exit, "it ended with status 1; the end of its log:\nValueError: <b>31</b> & more")
        recorded.add("fetch", 0.5, 9, ["its outputs are good for 1 d, and are older"])
        recorded.add("split", 9, 14, ["split.py: line 12: - rows = read(path)", "split.py: line 12: + rows = read(path, 200)"])
        recorded.add("clean", day: "1", 14, 20, ["inputs.parts: column 'delay' changed in 12 rows"])
        recorded.add("clean", day: "2", 14, 40, ["inputs.parts: column 'delay' changed in 12 rows"])
        recorded.add("clean", day: "3", 14, 18, ["inputs.parts: column 'delay' changed in 12 rows"], failure)
        recorded.add("clean", day: "3", number: 2, 20, 21, [], failure)
        recorded.add("board", 42, 70, ["inputs.tables.day=2: 31 rows → 30 rows"])
        (recorded.run.state, recorded.run.endedAt, recorded.run.message) = (.failed, at(70.5), "step 'clean[day=3]': \(failure.message)")
        recorded.run.sources = Digest(of: "files")
        recorded.manifest = try RunManifest(json: [
            "version": 1,
            "steps": [["step": "weather", "partition": [:], "key": .string(Digest(of: "w").description), "fresh": true, "outputs": [:]]],
            "others": [["step": "report", "partition": [:], "outcome": "skipped: 'board.changed' is false"]],
        ])
        return recorded
    }

    /// The same while the board is being made.
    static func running() throws -> RecordedRun {
        var recorded = try ended()
        recorded.run = RunRecord(id: recorded.run.id, project: "flights", startedAt: start)
        recorded.manifest = nil
        (recorded.attempts[6].endedAt, recorded.attempts[6].usage) = (nil, nil)
        return recorded
    }

    mutating func add(
        _ step: String, day: String? = nil, number: Int = 1, _ start: Double, _ end: Double, _ reasons: [String] = [],
        _ failure: StepFailure? = nil
    ) {
        let id = StepID(step, day.map { StepPartition(["day": $0]) } ?? .whole)
        var attempt = AttemptRecord(
            run: run.id, id: id, number: number, key: Digest(of: id.description), reasons: reasons, startedAt: Self.at(start))
        (attempt.endedAt, attempt.failure) = (Self.at(end), failure)
        var usage = StepUsage()
        (usage.wallSeconds, usage.cpuSeconds, usage.memoryPeakBytes) = (end - start, (end - start) / 2, 120 << 20)
        attempt.usage = usage
        attempts.append(attempt)
    }

    var account: RunAccount { RunAccount(run, attempts: attempts, manifest: manifest, letters: []) }

    func page(_ prices: PriceTable? = nil, first: Int = 0, now: Double = 80) -> WebPage {
        RunPage(project: "flights", account, Self.sources, prices: prices, first: first, now: Self.at(now)) { $0 != "weather" }.page
    }
}

extension WebPage {
    /// What a browser is sent.
    var text: String { String(decoding: response().body.bytes, as: UTF8.self) }
}
