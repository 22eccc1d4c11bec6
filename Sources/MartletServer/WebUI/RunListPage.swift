import MartletCore
import MartletPipeline

/// The runs of a project, the newest first.
struct RunListPage: Sendable {
    struct Entry: Sendable {
        let run: RunRecord
        let tally: RunTally
    }

    let project: String
    let entries: [Entry]
    let prices: PriceTable?
    /// Where the older ones begin; `nil` where there are none.
    let next: String?
    let now: Timestamp

    /// How often it is shown anew while something runs.
    static let refreshSeconds = 5

    var page: WebPage {
        let isRunning = entries.contains { $0.run.state == .running }
        return WebPage(
            title: "Runs of \(project)", project: project, refreshSeconds: isRunning ? Self.refreshSeconds : nil,
            content: "<h1>Runs</h1>\n\(entries.isEmpty ? "<p>Nothing was run yet.</p>\n" : table)\(more)")
    }

    private var table: HTML {
        """
        <table>
        <caption>The newest first. Times are in UTC.</caption>
        <thead><tr><th scope="col">Run</th><th scope="col">State</th><th scope="col">Steps</th><th scope="col" class="spare">Began</th>\
        <th scope="col" class="number">Took</th>\(prices == nil ? "" : "<th scope=\"col\" class=\"number\">Cost</th>" as HTML)</tr></thead>
        <tbody>
        \(entries.map(row))</tbody>
        </table>

        """
    }

    private func row(_ entry: Entry) -> HTML {
        let (run, tally) = (entry.run, entry.tally)
        let counts = PageWords.counts([(tally.failedCount, "failed"), (tally.doneCount, "done"), (tally.reusedCount, "reused")])
        let cost: HTML = prices.map { "<td class=\"number\">\($0.text($0.cost(of: tally.used)))</td>" } ?? ""
        return """
            <tr><th scope="row"><a class="mono" href="\(PageWords.link([run.id]))">\(run.short)</a> <span class="quiet">\(run.cause.words)\
            \(run.steps.isEmpty ? "" : ": \(run.steps.joined(separator: ", "))")</span>\(message(run))</th>\
            <td>\(PageWords.state(run.state))</td><td>\(counts)</td><td class="spare">\(PageWords.time(run.startedAt))</td>\
            <td class="number">\(took(run))</td>\(cost)</tr>

            """
    }

    /// The first line of what went wrong.
    private func message(_ run: RunRecord) -> HTML {
        guard let line = run.message?.split(whereSeparator: \.isNewline).first else { return "" }
        return "\n\(PageWords.message(String(line)))"
    }

    private func took(_ run: RunRecord) -> String {
        switch run.state {
        case .running: PageWords.duration(now - run.startedAt)
        case .lost: ""
        default: run.endedAt.map { PageWords.duration($0 - run.startedAt) } ?? ""
        }
    }

    private var more: HTML {
        next.map { "<p><a href=\"\(PageWords.link([], [("before", $0)]))\">Older runs</a></p>\n" } ?? ""
    }
}
