import MartletCore
import MartletPipeline

/// The rows of a run's table of steps.
struct RunStepRows: Sendable {
    /// The most attempts at one step that are shown, the newest.
    static let attemptCountMax = 20

    let run: String
    let isRunning: Bool
    let prices: PriceTable?
    let hasLog: @Sendable (String) -> Bool
    let now: Timestamp

    func row(_ step: RunStep) -> HTML {
        let usage = step.usage
        let isUsed = step.attempts.contains { $0.usage != nil }
        let cost: HTML = prices.map { "<td class=\"number spare\">\(isUsed ? $0.text($0.cost(of: UsageAmount(usage))) : "")</td>" } ?? ""
        return """
            <tr><th scope="row"><bdi>\(step.id.description)</bdi>\(why(step))</th><td>\(PageWords.state(step))</td>\
            <td class="number">\(took(step))</td><td class="number spare">\(isUsed ? Self.cpu(usage) : "")</td>\
            <td class="number spare">\(Self.memory(usage))</td>\(cost)<td>\(log(step))</td></tr>

            """
    }

    // MARK: Why

    /// The first line, and the rest behind it, with the attempts where there is more to say of them.
    private func why(_ step: RunStep) -> HTML {
        let isPlain = step.attempts.count < 2 && step.attempts.last?.failure == nil
        let message: HTML = step.attempts.last?.failure.map { "\n\(PageWords.message($0.message))" } ?? ""
        guard let first = step.why.first else { return isPlain ? "" : "\(message)\(opened(step, "Attempts", []))" }
        guard !isPlain || step.why.count > 1 else { return "\n<p class=\"why\">\(first)</p>" }
        let more = step.why.count > 1 ? " (and \(step.why.count - 1) more)" : ""
        return "\(message)\(opened(step, "\(first)\(more)", step.why.count > 1 ? step.why : [], hasAttempts: !isPlain))"
    }

    private func opened(_ step: RunStep, _ summary: String, _ lines: [String], hasAttempts: Bool = true) -> HTML {
        let list: HTML = lines.isEmpty ? "" : "<ul class=\"mono\">\n\(lines.map { "<li>\($0)</li>\n" as HTML })</ul>\n"
        // The same whenever the page is shown anew.
        let id = "s\(Digest(of: step.id.description).short)"
        return """

            <details id="\(id)"><summary>\(summary)</summary>
            \(list)\(hasAttempts ? attempts(step) : "")</details>
            """
    }

    // MARK: Attempts

    private func attempts(_ step: RunStep) -> HTML {
        let shown = step.attempts.suffix(Self.attemptCountMax)
        let left = step.attempts.count - shown.count
        let cut: HTML = left > 0 ? "<p class=\"why\">\(left.grouped) earlier attempts are left out.</p>\n" : ""
        return "\(cut)<ol start=\"\(shown.first?.number ?? 1)\">\n\(shown.map(item))</ol>\n"
    }

    private func item(_ attempt: AttemptRecord) -> HTML {
        var words = ["\(attempt.stateWord(isRunning: isRunning))"]
        if let took = took(attempt) { words.append(PageWords.duration(took)) }
        if let usage = attempt.usage {
            words.append("CPU \(Self.cpu(usage))")
            if usage.memoryPeakBytes > 0 { words.append(Self.memory(usage)) }
            if let prices { words.append(prices.text(prices.cost(of: UsageAmount(usage)))) }
        }
        let log: HTML = hasLog(attempt.id.step) ? ", \(link(attempt))" : ""
        let message: HTML = attempt.failure.map { "\n\(PageWords.message($0.message))" } ?? ""
        return "<li value=\"\(attempt.number)\">\(words.joined(separator: ", "))\(log)\(message)</li>\n"
    }

    private func log(_ step: RunStep) -> HTML {
        guard let attempt = step.attempts.last, hasLog(step.id.step) else { return "" }
        return link(attempt)
    }

    private func link(_ attempt: AttemptRecord) -> HTML {
        let query = [("step", attempt.id.description), ("attempt", "\(attempt.number)")]
        let label = "Log of \(attempt.id), attempt \(attempt.number)"
        return "<a href=\"\(PageWords.link([run, "log"], query))\" aria-label=\"\(label)\">log</a>"
    }

    // MARK: Figures

    /// All attempts together.
    private func took(_ step: RunStep) -> String {
        let parts = step.attempts.compactMap(took)
        return parts.isEmpty ? "" : PageWords.duration(parts.reduce(.zero, +))
    }

    /// `nil` where it was lost, so that nobody knows.
    private func took(_ attempt: AttemptRecord) -> Duration? {
        (attempt.endedAt ?? (isRunning ? now : nil)).map { $0 - attempt.startedAt }
    }

    private static func cpu(_ usage: StepUsage) -> String { "\(usage.cpuSeconds.formatted(places: 2)) s" }

    private static func memory(_ usage: StepUsage) -> String { usage.memoryPeakBytes > 0 ? Int64(usage.memoryPeakBytes).sizeWords : "" }
}
