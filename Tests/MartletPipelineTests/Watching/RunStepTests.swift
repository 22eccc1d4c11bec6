import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct RunStepTests {
    private static let sources = StepSources([
        "fetch": [], "split": ["fetch"], "clean": ["split"], "board": ["clean"], "weather": [], "in/a": [], "in/b": ["in/a"],
    ])
    private static let failure = StepFailure(.exit, "status 1")

    private static func attempt(
        _ step: String, _ number: Int = 1, at start: Int64 = 0, until end: Int64? = nil, _ failure: StepFailure? = nil,
        reasons: [String] = []
    ) -> AttemptRecord {
        var attempt = AttemptRecord(
            run: "r", id: StepID(step), number: number, key: Digest(of: step), reasons: reasons,
            startedAt: Timestamp(microseconds: start))
        (attempt.endedAt, attempt.failure) = (end.map(Timestamp.init(microseconds:)), failure)
        return attempt
    }

    private static func account(
        _ attempts: [AttemptRecord], manifest: RunManifest? = nil, steps: [String] = [], state: RunRecord.State = .running,
        isCut: Bool = false
    ) -> RunAccount {
        var run = RunRecord(id: "r", project: "p", steps: steps, startedAt: Timestamp(microseconds: 0))
        run.state = state
        return RunAccount(run, attempts: attempts, manifest: manifest, letters: [], isCut: isCut)
    }

    private static func words(_ account: RunAccount) -> [String] {
        account.steps(sources).map { "\($0.id) \($0.state)\($0.why.isEmpty ? "" : ": \($0.why.joined(separator: "; "))")" }
    }

    @Test func `while a run goes on, what was not attempted waits for what runs before it, or is not known of`() {
        let attempts = [Self.attempt("fetch", until: 5, reasons: ["new"]), Self.attempt("split", at: 6)]
        #expect(
            Self.words(Self.account(attempts, steps: ["board", "weather"])) == [
                "split running", "fetch done: new", "board waiting: waits for 'split'", "clean waiting: waits for 'split'",
                "weather notBegun: it is fresh, or its turn has not come",
            ])
    }

    @Test func `a name before a slash stands for what is behind it`() {
        #expect(Self.account([], steps: ["in"]).steps(Self.sources).map(\.id.step) == ["in/a", "in/b"])
    }

    @Test func `what ran beyond the attempts that are told is not taken for fresh`() throws {
        let entry = { (step: String, isFresh: Bool) -> JSONValue in
            ["step": .string(step), "partition": [:], "key": .string(Digest(of: step).description), "fresh": .boolean(isFresh)]
        }
        let manifest = try RunManifest(json: ["steps": [entry("fetch", true), entry("split", false), entry("clean", false)]])
        let account = Self.account([Self.attempt("split", until: 1)], manifest: manifest, state: .done, isCut: true)
        #expect(account.steps(Self.sources).map { "\($0.id) \($0.state)" } == ["split done", "fetch fresh"])
    }

    @Test func `a run that ended tells what was fresh, and why others did not run`() throws {
        let manifest = try RunManifest(json: [
            "steps": [["step": "weather", "partition": [:], "key": .string(Digest(of: "w").description), "fresh": true]],
            "others": [["step": "board", "partition": [:], "outcome": "blocked by 'clean'"]],
        ])
        let attempts = [
            Self.attempt("split", at: 1, until: 2), Self.attempt("clean", at: 2, until: 3, Self.failure, reasons: ["new"]),
            Self.attempt("clean", 2, at: 4, until: 5, Self.failure),
        ]
        let account = Self.account(attempts, manifest: manifest, state: .failed)
        #expect(
            Self.words(account) == [
                "clean failed: new", "split done", "board leftOut: blocked by 'clean'",
                "weather fresh: key \(Digest(of: "w").short) was made before, and its outputs are there",
            ])
        #expect(account.steps(Self.sources)[0].attempts.map(\.number) == [1, 2])
    }

    @Test func `a later attempt that ended well makes a step done`() {
        let attempts = [Self.attempt("fetch", until: 1, Self.failure), Self.attempt("fetch", 2, at: 2, until: 3)]
        #expect(Self.words(Self.account(attempts, state: .done)) == ["fetch done"])
    }

    @Test func `what never ended is lost where nobody runs any more`() {
        let account = Self.account([Self.attempt("fetch")], state: .lost)
        #expect(Self.words(account) == ["fetch lost"])
    }
}
