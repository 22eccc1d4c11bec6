import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct CriticalPathTests {
    private static let sources = StepSources([
        "split": [], "clean": ["split"], "check": ["clean"], "board": ["check", "other"], "other": [],
    ])

    private static func at(_ seconds: Double) -> Timestamp { Timestamp(microseconds: Int64(seconds * 1_000_000)) }

    private static func attempt(_ step: String, day: String? = nil, number: Int = 1, _ start: Double, _ end: Double?) -> AttemptRecord {
        let id = StepID(step, day.map { StepPartition(["day": $0]) } ?? .whole)
        var attempt = AttemptRecord(run: "r", id: id, number: number, key: Digest(of: step), startedAt: at(start))
        attempt.endedAt = end.map(at)
        return attempt
    }

    private static func names(_ attempts: [AttemptRecord], now: Double = 100) -> [String] {
        CriticalPath(attempts, sources, at: at(now)).attempts.map { "\($0.id) \($0.number)" }
    }

    @Test func `the way goes back from what ended last to what each waited for longest`() {
        let attempts = [
            Self.attempt("split", 0, 4), Self.attempt("other", 0, 6), Self.attempt("clean", 4, 9), Self.attempt("check", 9, 10),
            Self.attempt("board", 10, 12),
        ]
        #expect(Self.names(attempts) == ["split 1", "clean 1", "check 1", "board 1"])
        #expect(CriticalPath(attempts, Self.sources, at: Self.at(100)).work(at: Self.at(100)) == .seconds(12))
    }

    @Test func `it goes through a step that did not run, and through instances that agree`() {
        let attempts = [
            Self.attempt("split", 0, 4), Self.attempt("clean", day: "1", 4, 9), Self.attempt("clean", day: "2", 4, 8),
            Self.attempt("board", 9, 10),
        ]
        #expect(Self.names(attempts) == ["split 1", "clean[day=1] 1", "board 1"])
        let checked = attempts.dropLast() + [Self.attempt("check", day: "2", 9, 11)]
        #expect(Self.names(Array(checked)) == ["split 1", "clean[day=2] 1", "check[day=2] 1"])
    }

    @Test func `an earlier attempt at the same is on it, and what runs ends now`() {
        let attempts = [Self.attempt("split", 0, 4), Self.attempt("split", number: 2, 6, 9), Self.attempt("clean", 9, nil)]
        #expect(Self.names(attempts) == ["split 1", "split 2", "clean 1"])
    }

    @Test func `nothing is on it that had not ended, also where a clock stood still`() {
        #expect(Self.names([]) == [])
        #expect(Self.names([Self.attempt("split", 0, 5), Self.attempt("clean", 4, 9)]) == ["clean 1"])
        let still = ["split", "clean", "check"].map { Self.attempt($0, 1, 1) }
        #expect(Self.names(still).count <= still.count)
    }
}
