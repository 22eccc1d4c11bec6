package import MartletCore

/// The picture as text.
extension RunPicture {
    private static let barWidth = 20
    private static let nameWidthMax = 40
    /// The lines that are not about one step: what more runs, counts, and what waits.
    private static let otherLineCount = 3

    /// What to draw now: a line for each step that runs, the longest first, then counts and what waits for what. No line where nothing runs
    /// or waits.
    /// - Parameters:
    ///   - width: no line takes more columns.
    ///   - height: there are not more lines; at least four.
    package func lines(at now: Timestamp, width: Int, height: Int) -> [String] {
        guard !running.isEmpty || standing.waiting > 0 else { return [] }
        let ids = running.keys.sorted { (running[$0]?.startedAt ?? now, $0) < (running[$1]?.startedAt ?? now, $1) }
        let shown = ids.prefix(max(1, height - Self.otherLineCount))
        let nameWidth = min(Self.nameWidthMax, shown.map { $0.description.columnCount }.max() ?? 0)
        var lines = shown.map { line($0, nameWidth, at: now) }
        if ids.count > shown.count { lines.append("and \((ids.count - shown.count).grouped) more that run") }
        lines.append([counts, resources, rest(at: now)].filter { !$0.isEmpty }.joined(separator: " · "))
        if let waits { lines.append(waits) }
        return lines.map { $0.fitted(columns: width) }
    }

    // MARK: One step

    private func line(_ id: StepID, _ nameWidth: Int, at now: Timestamp) -> String {
        guard let step = running[id] else { return "" }
        let elapsed = now - step.startedAt
        let guess = outlooks[id]?.seconds.flatMap { $0 > 0 ? min(0.99, elapsed / .seconds(1) / $0) : nil }
        let share = min(1, max(0, step.share ?? guess ?? 0))
        let percent = step.share ?? guess == nil ? "" : "\(step.share == nil ? "~" : "")\(Int(share * 100))%"
        let words = [
            Self.bar(share), Self.padded(id.description, nameWidth), Self.led(percent, 4), Self.led(elapsed.clockText, 7), step.message,
        ]
        return words.joined(separator: " ").trimmingEnd
    }

    private static func bar(_ share: Double) -> String {
        let filled = Int((share * Double(barWidth)).rounded(.down))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: barWidth - filled)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        let fitted = text.fitted(columns: width)
        return fitted + String(repeating: " ", count: width - fitted.columnCount)
    }

    private static func led(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

    // MARK: All together

    private var counts: String {
        [
            (doneCount, "done"), (freshCount, "fresh"), (running.count, "running"), (standing.waiting, "waiting"),
            (failedCount, "failed"), (quarantinedCount, "in quarantine"), (skippedCount, "left out"),
        ].filter { $0.0 > 0 }.map { "\($0.0.grouped) \($0.1)" }.joined(separator: ", ")
    }

    /// What is held, of what there is.
    private var resources: String {
        let (used, all) = (standing.used, standing.capacity)
        guard standing.running > 0 else { return "" }
        var words = ["\(Self.number(used.cores)) of \(Self.number(all.cores)) cores"]
        if used.memoryBytes > 0 { words.append("\(used.memoryBytes.sizeWords) of \(all.memoryBytes.sizeWords)") }
        if all.accelerators > 0 { words.append("\(used.accelerators) of \(all.accelerators) accelerators") }
        for (name, count) in all.named.sorted(by: { $0.key < $1.key }) { words.append("\(name) \(used.named[name] ?? 0) of \(count)") }
        return words.joined(separator: ", ")
    }

    private static func number(_ value: Double) -> String { value.formatted(places: value == value.rounded() ? 0 : 1) }

    /// How long the longest way to the end is.
    private func rest(at now: Timestamp) -> String {
        guard standing.isEstimated else { return "" }
        let ways = running.map { id, step -> Double in
            let elapsed = (now - step.startedAt) / .seconds(1)
            return max(0, (outlooks[id]?.seconds ?? 0) - elapsed) + (outlooks[id]?.restSeconds ?? 0)
        }
        let seconds = max(standing.waitingSeconds, ways.max() ?? 0)
        return seconds > 0 ? "about \(Duration.seconds(seconds).clockText) to go" : ""
    }

    private var waits: String? {
        guard !standing.examples.isEmpty else { return nil }
        let examples = standing.examples.map { "\($0.id) for \($0.source)" }
        return "waiting: \(examples.joined(separator: ", "))\(standing.waiting > examples.count ? ", …" : "")"
    }
}

extension String {
    /// Without spaces at its end.
    fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }
}
