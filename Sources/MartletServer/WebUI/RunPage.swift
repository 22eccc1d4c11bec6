import MartletCore
import MartletPipeline

/// One run: how long it took and what that came from, what became of each step and why.
struct RunPage: Sendable {
    /// The most steps in one table; the rest are on further pages.
    static let rowCountMax = 500
    /// How often it is shown anew while the run goes on; a second later for so many steps more, as it takes longer to make.
    static let (refreshSeconds, stepsPerRefreshSecond) = (2, 1_000)

    let project: String
    let account: RunAccount
    let steps: [RunStep]
    let path: CriticalPath
    let prices: PriceTable?
    /// Whether a step writes a log, by its name.
    let hasLog: @Sendable (String) -> Bool
    /// The first step that is shown.
    let first: Int
    let now: Timestamp

    init(
        project: String, _ account: RunAccount, _ sources: StepSources, prices: PriceTable?, first: Int = 0, now: Timestamp,
        hasLog: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        self.project = project
        self.account = account
        self.prices = prices
        self.now = now
        self.hasLog = hasLog
        steps = account.steps(sources)
        self.first = min(first, steps.count)
        path = CriticalPath(account.attempts, sources, at: account.end(at: now))
    }

    var page: WebPage {
        WebPage(
            title: "Run \(account.run.short) of \(project)", project: project, refreshSeconds: refreshSeconds,
            content: "\(heading)\(facts)\(RunTimeline(account, steps, path, now: now).figure)\(table)\(paging)")
    }

    private var refreshSeconds: Int? {
        account.state == .running ? Self.refreshSeconds + steps.count / Self.stepsPerRefreshSecond : nil
    }

    // MARK: The run

    private var heading: HTML {
        let run = account.run
        let cut: HTML = account.isCut ? "<p>Only the first \(account.attempts.count.grouped) attempts are told of.</p>\n" : ""
        return """
            <h1>Run <span class="mono">\(run.short)</span></h1>
            <p>\(PageWords.state(account.state)), \(run.cause.words)\(asked)</p>
            \(run.cause.reason.map { "<p>because: \($0)</p>\n" } ?? "" as HTML)\(run.message.map(PageWords.message) ?? "")\(cut)
            """
    }

    private var asked: String {
        account.run.steps.isEmpty ? "" : ", asked for \(account.run.steps.joined(separator: ", "))"
    }

    private var facts: HTML {
        let used = steps.reduce(into: StepUsage()) { $0 += $1.usage }
        var facts: [(String, HTML)] = [("Began", PageWords.time(account.run.startedAt))]
        if account.state != .lost { facts.append(("Took", "\(PageWords.duration(length))")) }
        facts.append(("Steps", "\(counts)"))
        if !path.attempts.isEmpty { facts.append(("Critical path", "\(pathWords)")) }
        facts.append(("Processor time", "\(PageWords.duration(.seconds(used.cpuSeconds)))"))
        if used.memoryPeakBytes > 0 { facts.append(("Most memory of a step", "\(Int64(used.memoryPeakBytes).sizeWords)")) }
        if let prices { facts.append(("Cost", "\(prices.text(prices.cost(of: UsageAmount(used))))")) }
        if let sources = account.run.sources { facts.append(("Made from the files", "<span class=\"mono\">\(sources.short)</span>")) }
        return "<dl>\n\(facts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as HTML })</dl>\n"
    }

    private var length: Duration { account.end(at: now) - account.run.startedAt }

    private var counts: String {
        PageWords.counts(RunStep.State.allCases.map { state in (steps.count { $0.state == state }, state.word) })
    }

    private var pathWords: String {
        let count = path.attempts.count
        let work = path.work(at: account.end(at: now))
        return "\(PageWords.duration(work)) in \(count.grouped) \(count == 1 ? "attempt" : "attempts")"
    }

    // MARK: Its steps

    private var shown: ArraySlice<RunStep> { steps.dropFirst(first).prefix(Self.rowCountMax) }

    private var table: HTML {
        guard !steps.isEmpty else { return "<h2>Steps</h2>\n<p>No step was looked at yet.</p>\n" }
        let rows = RunStepRows(run: account.run.id, isRunning: account.state == .running, prices: prices, hasLog: hasLog, now: now)
        return """
            <h2 id="steps">Steps</h2>
            <table>
            <caption>\(caption)</caption>
            <thead><tr><th scope="col">Step, and why it ran or did not</th><th scope="col">State</th>\
            <th scope="col" class="number">Took</th><th scope="col" class="number spare">CPU</th>\
            <th scope="col" class="number spare">Memory</th>\
            \(prices == nil ? "" : "<th scope=\"col\" class=\"number spare\">Cost</th>" as HTML)<th scope="col">Log</th></tr></thead>
            <tbody>
            \(shown.map(rows.row))</tbody>
            </table>

            """
    }

    private var caption: String {
        guard !shown.isEmpty else { return "There are no more than \(steps.count.grouped) steps." }
        let order = "hat failed first, then what runs, then the others in the order in which they began."
        guard shown.count < steps.count else { return "W\(order)" }
        return "Steps \((first + 1).grouped) to \((first + shown.count).grouped) of \(steps.count.grouped): w\(order)"
    }

    private var paging: HTML {
        var links: HTML = ""
        if first > 0 { links += link("Earlier steps", max(0, first - Self.rowCountMax)) }
        if first + shown.count < steps.count { links += link("Further steps", first + shown.count) }
        return links
    }

    private func link(_ words: String, _ from: Int) -> HTML {
        "<p><a href=\"\(PageWords.link([account.run.id], [("from", "\(from)")]))#steps\">\(words)</a></p>\n"
    }
}

extension RunAccount {
    /// When the run ended; now where it goes on, and where it was lost, the last that is known of it.
    func end(at now: Timestamp) -> Timestamp {
        switch state {
        case .running: now
        case .lost: attempts.map { $0.endedAt ?? $0.startedAt }.max() ?? run.startedAt
        case .done, .failed, .cancelled: run.endedAt ?? now
        }
    }
}
