import Foundation
import MartletCore
import MartletPipeline
import Testing

@testable import MartletServer

@Suite struct RunPageTests {
    private static func prices() throws -> PriceTable { try PriceTable(currency: "EUR", coreHour: 0.04) }

    /// Compares a page with the one that is recorded.
    private func compare(_ page: WebPage, _ name: String) throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).html")
        if ProcessInfo.processInfo.environment["MARTLET_RECORD"] == "1" { try Data(page.text.utf8).write(to: golden) }
        let recorded = try String(contentsOf: golden, encoding: .utf8)
        #expect(page.text == recorded, "if the change is meant, record it with MARTLET_RECORD=1 and read the difference")
    }

    @Test func `the page of a run that ended reads as recorded`() throws {
        try compare(try RecordedRun.ended().page(try Self.prices()), "ended")
    }

    @Test func `the page of a run that goes on reads as recorded`() throws {
        try compare(try RecordedRun.running().page(now: 60), "running")
    }

    @Test func `the list of runs reads as recorded`() throws {
        var tally = RunTally()
        (tally.doneCount, tally.reusedCount, tally.failedCount, tally.used.cpuSeconds) = (5, 1, 1, 3_600)
        var manual = RunRecord(id: "77aa00bb11cc", project: "flights", steps: ["report"], startedAt: RecordedRun.at(-4_000))
        (manual.state, manual.endedAt) = (.done, RecordedRun.at(-3_000))
        let runs = [try RecordedRun.running().run, try RecordedRun.ended().run, manual]
        let list = RunListPage(
            project: "flights", entries: runs.map { RunListPage.Entry(run: $0, tally: tally) }, prices: try Self.prices(),
            next: manual.id, now: RecordedRun.at(60))
        try compare(list.page, "list")
    }

    @Test func `nothing that a run says becomes markup`() throws {
        var recorded = RecordedRun()
        let hostile = RecordedRun.hostile
        recorded.add(hostile, day: hostile, 0, 1, [hostile, hostile], StepFailure(.exit, hostile))
        recorded.add(hostile, day: hostile, number: 2, 2, 3, [hostile], StepFailure(.exit, hostile))
        (recorded.run.state, recorded.run.message, recorded.run.endedAt) = (.failed, hostile, RecordedRun.at(4))
        let page = RunPage(
            project: hostile,
            RunAccount(
                recorded.run, attempts: recorded.attempts, manifest: nil, letters: []), RecordedRun.sources,
            prices: try PriceTable(currency: hostile), now: RecordedRun.at(5)
        ).page
        let list = RunListPage(
            project: hostile, entries: [RunListPage.Entry(run: recorded.run, tally: RunTally())], prices: nil,
            next: hostile, now: RecordedRun.at(5)
        ).page
        for text in [page.text, list.text] {
            #expect(!text.contains("<script>alert"))
            #expect(!text.contains("\" onload"))
            #expect(!text.contains("\u{202e}"))
            #expect(text.contains("&lt;script&gt;alert(&#39;x&#39;)"))
        }
    }

    @Test func `what a trigger found is told`() throws {
        var recorded = RecordedRun()
        let cause = RunCause(.trigger, name: "drifted", reason: "drift of column delay: PSI 0.31 > 0.2")
        recorded.run = RunRecord(id: recorded.run.id, project: "flights", cause: cause, startedAt: RecordedRun.start)
        #expect(recorded.page().text.contains("<p>because: drift of column delay: PSI 0.31 &gt; 0.2</p>"))
    }

    @Test func `of many steps some are drawn and shown, and it is said how many`() throws {
        var recorded = RecordedRun()
        let count = 1_234
        for number in 0..<count { recorded.add("s\(number)", Double(number), Double(number) + 0.5) }
        (recorded.run.state, recorded.run.endedAt) = (.done, RecordedRun.at(2_000))
        let first = recorded.page().text
        let last = recorded.page(first: 1_000).text
        #expect(first.matches(of: /<th scope="row">/).count == RunPage.rowCountMax)
        #expect(first.matches(of: #/<rect /#).count == RunTimeline.rowCountMax)
        #expect(first.contains("Steps 1 to 500 of 1,234"))
        #expect(first.contains("Drawn are 100 of 1,234 steps"))
        #expect(first.contains("from=500"))
        #expect(last.matches(of: /<th scope="row">/).count == count - 1_000)
        #expect(last.contains("Steps 1,001 to 1,234 of 1,234"))
        #expect(last.contains("from=500"))
        #expect(!last.contains("Further steps"))
    }

    @Test func `a page beyond the last step shows none and leads back`() throws {
        let text = try RecordedRun.ended().page(first: .max).text
        #expect(text.matches(of: /<th scope="row">/).isEmpty)
        #expect(text.contains("Earlier steps"))
    }

    @Test func `a page allows its own style and script alone, and only one that goes on has a script`() throws {
        let (ended, running) = (try RecordedRun.ended().page(), try RecordedRun.running().page(now: 60))
        let policy = try #require(ended.response().headers["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(!policy.contains("unsafe"))
        #expect(!ended.text.contains("<script>"))
        #expect(running.text.contains("<script>"))
        // Neither loads anything, or says of an element how it looks: the policy would forbid it.
        for text in [ended.text, running.text] { #expect(!text.contains(#/ (?:src|style|on\w+)=/#)) }
    }

    @Test(arguments: [(0.0004, 0.001), (0.9, 0.2), (60.0, 10.0), (61.0, 15.0), (86_400.0, 21_600.0), (1e8, 16_675_200.0)])
    func `time is marked where people count, at few places`(length: Double, step: Double) {
        #expect(RunTimeline.tickSeconds(length) == step)
    }
}
