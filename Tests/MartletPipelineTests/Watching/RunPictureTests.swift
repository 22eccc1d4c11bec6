import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct RunPictureTests {
    private static let start = Timestamp(microseconds: 1_000_000_000)

    private func at(_ seconds: Double) -> Timestamp { Self.start + .seconds(seconds) }

    private func id(_ step: String, _ day: String? = nil) -> StepID { StepID(step, day.map { StepPartition(["day": $0]) } ?? .whole) }

    private func execution(_ id: StepID, seconds: Double) -> StepExecution {
        StepExecution(
            id: id, key: Digest(of: "k"), keyParts: [:], outputs: [:], startedAt: Self.start, finishedAt: Self.start + .seconds(seconds))
    }

    private func standing(running: Int, waiting: Int = 0, isEstimated: Bool = false, examples: [RunStanding.Waiting] = []) -> RunStanding {
        var standing = RunStanding()
        (standing.running, standing.waiting, standing.isEstimated, standing.examples) = (running, waiting, isEstimated, examples)
        standing.used = Resources(cores: Double(running), memoryBytes: Int64(running) << 30)
        standing.capacity = Resources(cores: 4, memoryBytes: 8 << 30, named: ["disk": 2])
        return standing
    }

    /// Four steps begin, one reports, one has an estimate, and others are done.
    private func busy() -> RunPicture {
        var picture = RunPicture()
        let events: [(PipelineRunner.Event, Double)] = [
            (.reused(id("fetch"), execution(id("fetch"), seconds: 1)), 0), (.settled(id("fetch"), .fresh), 0),
            (.outlook(id("clean", "1"), seconds: 40, restSeconds: 30), 0),
            (.started(id("clean", "1"), attempt: 1, reasons: ["it was not made yet"]), 0),
            (.started(id("clean", "2"), attempt: 2, reasons: []), 10),
            (.progress(id("clean", "2"), share: 0.5, message: "reading rows"), 12),
            (.started(id("score"), attempt: 1, reasons: []), 15), (.finished(id("score"), execution(id("score"), seconds: 1.2)), 16),
            (.settled(id("score"), .done), 16), (.settled(id("other"), .failed(StepFailure(.exit, "no"))), 17),
            (
                .standing(
                    standing(
                        running: 2, waiting: 3, isEstimated: true,
                        examples: [RunStanding.Waiting(id("join"), for: "2 of 'clean'"), RunStanding.Waiting(id("plot"), for: "cores")])),
                17
            ),
        ]
        for (event, seconds) in events { _ = picture.take(event, at: at(seconds)) }
        return picture
    }

    @Test func `what runs, what is held and what waits for what is drawn`() {
        #expect(
            busy().lines(at: at(20), width: 120, height: 24) == [
                "██████████░░░░░░░░░░ clean[day=1] ~50%    0:20",
                "██████████░░░░░░░░░░ clean[day=2]  50%    0:10 reading rows",
                "1 done, 1 fresh, 2 running, 3 waiting, 1 failed · 2 of 4 cores, 2 GiB of 8 GiB, disk 0 of 2 · about 0:50 to go",
                "waiting: join for 2 of 'clean', plot for cores, …",
            ])
    }

    @Test func `a step that takes longer than ever is nearly done, and the way after it is left`() {
        let lines = busy().lines(at: at(75), width: 120, height: 24)
        #expect(lines[0].hasPrefix("███████████████████░ clean[day=1] ~99%    1:15"))
        #expect(lines[2].hasSuffix("about 0:30 to go"))
    }

    @Test(arguments: [1, 4, 20, 45, 46, 500])
    func `no line is wider than the terminal`(width: Int) {
        let lines = busy().lines(at: at(20), width: width, height: 24)
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { $0.count <= width })
    }

    @Test func `letters that are two columns wide are counted as such`() {
        var picture = busy()
        _ = picture.take(.progress(id("clean", "2"), share: 0.5, message: String(repeating: "進捗", count: 40)), at: at(12))
        _ = picture.take(.started(id("clean", "日"), attempt: 1, reasons: []), at: at(18))
        let lines = picture.lines(at: at(20), width: 79, height: 24)
        #expect(lines[0] == "██████████░░░░░░░░░░ clean[day=1]  ~50%    0:20")
        #expect(lines[1] == "██████████░░░░░░░░░░ clean[day=2]   50%    0:10 \(String(repeating: "進捗", count: 7))進…")
        #expect(lines[2] == "░░░░░░░░░░░░░░░░░░░░ clean[day=日]         0:02")
    }

    @Test(arguments: [4, 5, 10, 100])
    func `there are not more lines than the terminal has`(height: Int) {
        var picture = RunPicture()
        for number in 0..<50 {
            _ = picture.take(.started(id("clean", "\(number)"), attempt: 1, reasons: []), at: at(Double(number)))
        }
        _ = picture.take(.standing(standing(running: 50, waiting: 1, examples: [RunStanding.Waiting(id("join"), for: "all")])), at: at(50))
        let lines = picture.lines(at: at(60), width: 80, height: height)
        #expect(lines.count <= height)
        let shown = min(50, height - 3)
        #expect(lines.filter { $0.contains("clean[") }.count == shown)
        #expect(lines.contains("and \(50 - shown) more that run") == (shown < 50))
    }

    @Test func `nothing is drawn before anything runs or waits, and after all is done`() {
        var picture = RunPicture()
        #expect(picture.lines(at: at(0), width: 80, height: 24).isEmpty)
        _ = picture.take(.standing(standing(running: 0, waiting: 1)), at: at(0))
        #expect(picture.lines(at: at(0), width: 80, height: 24) == ["1 waiting"])
        _ = picture.take(.started(id("a"), attempt: 1, reasons: []), at: at(0))
        _ = picture.take(.finished(id("a"), execution(id("a"), seconds: 1)), at: at(1))
        _ = picture.take(.settled(id("a"), .done), at: at(1))
        _ = picture.take(.standing(standing(running: 0)), at: at(1))
        #expect(picture.lines(at: at(1), width: 80, height: 24).isEmpty)
    }

    @Test func `beginnings and ends are told in lines that stay`() {
        var picture = RunPicture()
        func text(_ event: PipelineRunner.Event) -> String? { picture.take(event, at: at(0))?.text }
        let step = id("clean", "1")
        #expect(text(.started(step, attempt: 1, reasons: ["it was not made yet", "and more"])) == "• clean[day=1]: it was not made yet")
        #expect(text(.started(step, attempt: 2, reasons: ["it was not made yet"])) == "• clean[day=1]: attempt 2")
        #expect(text(.progress(step, share: 0.4, message: "rows")) == nil)
        #expect(text(.retries(step, StepFailure(.exit, "status 1"), at: at(2))) == "↻ clean[day=1]: status 1; again in 2.0 s")
        #expect(text(.finished(step, execution(step, seconds: 0.035))) == "✓ clean[day=1]: 35 ms")
        #expect(text(.settled(step, .done)) == nil)
        #expect(text(.reused(step, execution(step, seconds: 1))) == "= clean[day=1]: fresh")
        #expect(text(.settled(step, .quarantined(StepFailure(.exit, "no")))) == "! clean[day=1]: in quarantine: no")
        #expect(
            text(.settled(step, .failed(StepFailure(.time, "ran for 1 s, its limit")))) == "✗ clean[day=1]: failed: ran for 1 s, its limit")
        #expect(text(.settled(step, .blocked(by: id("fetch")))) == "– clean[day=1]: blocked by fetch")
        #expect(text(.warning("the budget 'models' is spent")) == "! the budget 'models' is spent")
        #expect(text(.settled(step, .skipped("'a.b' is false"))) == "– clean[day=1]: skipped: 'a.b' is false")
    }

    @Test func `what failed and waits for all else runs no more, and says so`() {
        var picture = RunPicture()
        _ = picture.take(.started(id("a"), attempt: 1, reasons: []), at: at(0))
        #expect(
            picture.take(.retries(id("a"), StepFailure(.exit, "no"), at: nil), at: at(1))?.text == "↻ a: no; again when all else is done")
        _ = picture.take(.standing(standing(running: 0, waiting: 1)), at: at(1))
        #expect(picture.lines(at: at(9), width: 80, height: 24) == ["1 waiting"])
    }

    @Test func `only beginnings need not be told to who sees the picture`() {
        var picture = RunPicture()
        #expect(picture.take(.started(id("a"), attempt: 1, reasons: []), at: at(0))?.isBeginning == true)
        #expect(picture.take(.finished(id("a"), execution(id("a"), seconds: 1)), at: at(0))?.isBeginning == false)
    }
}
