import MartletCore
import MartletPipeline

/// Runs and their attempts for people.
enum RunText {
    /// So much of a run's id is shown; it is enough to name it.
    static let idLength = RunRecord.shortLength
    /// How wide messages are.
    static let width = 100

    /// The runs as a table.
    static func table(_ runs: [RunRecord], now: Timestamp) -> [String] {
        var table = TextTable("run", "state", "for", "started", ">took", "failed")
        for run in runs {
            table.add(
                String(run.id.prefix(idLength)), run.state.rawValue, run.cause.words, run.startedAt.secondsText,
                took(run, now: now), run.message.map(firstWords) ?? "")
        }
        return table.lines
    }

    private static func took(_ run: RunRecord, now: Timestamp) -> String {
        switch run.state {
        case .running: (now - run.startedAt).clockText
        case .lost: ""
        default: run.endedAt.map { ($0 - run.startedAt).words } ?? ""
        }
    }

    private static func firstWords(_ message: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 60 ? "\(line.prefix(59))…" : line
    }

    /// What a run did: its attempts, what was fresh, what failed for good.
    static func lines(_ account: RunAccount, now: Timestamp) -> [String] {
        let (run, state) = (account.run, account.state)
        var lines = ["Run \(run.id): \(state.rawValue), \(run.cause.words), began \(run.startedAt.secondsText)"]
        if let reason = run.cause.reason { lines += "  because: \(reason)".wrapped(width: width) }
        if !run.steps.isEmpty { lines.append("  asked for: \(run.steps.joined(separator: ", "))") }
        if let sources = run.sources { lines.append("  made from the files \(sources.short)") }
        if let message = run.message { lines += "  \(message)".wrapped(width: width) }
        if !account.attempts.isEmpty { lines += [""] + attempts(account.attempts, now: now, isRunning: state == .running) }
        if let manifest = account.manifest { lines += others(manifest) }
        if !account.letters.isEmpty {
            lines += ["", "Failed for good; 'martlet retry' makes them again"] + account.letters.map { "  \($0.id)" }
        }
        return lines
    }

    private static func attempts(_ attempts: [AttemptRecord], now: Timestamp, isRunning: Bool) -> [String] {
        var table = TextTable("step", ">attempt", "state", ">took", ">CPU", ">memory")
        for attempt in attempts {
            let usage = attempt.usage
            let took = attempt.endedAt.map { ($0 - attempt.startedAt).words } ?? (isRunning ? (now - attempt.startedAt).clockText : "")
            table.add(
                attempt.id.description, "\(attempt.number)", attempt.stateWord(isRunning: isRunning), took,
                usage.map { "\($0.cpuSeconds.formatted(places: 2)) s" } ?? "",
                usage.map { $0.memoryPeakBytes > 0 ? Int64($0.memoryPeakBytes).sizeWords : "" } ?? "")
        }
        let rows = table.lines
        return rows.prefix(1) + zip(rows.dropFirst(), attempts).flatMap { row, attempt in [row] + reasons(attempt) }
    }

    private static func reasons(_ attempt: AttemptRecord) -> [String] {
        let words = attempt.failure.map { [$0.message] } ?? attempt.reasons
        return words.flatMap { "      \($0)".wrapped(width: width) }
    }

    private static func others(_ manifest: RunManifest) -> [String] {
        let fresh = manifest.entries.filter(\.value.wasFresh).keys.sorted()
        var lines: [String] = []
        if !fresh.isEmpty {
            lines += ["", "Fresh"] + "  \(grouped(fresh).joined(separator: ", "))".wrapped(width: width)
        }
        if !manifest.others.isEmpty {
            lines += ["", "Without outputs"]
            lines += manifest.others.sorted { $0.key < $1.key }.flatMap { "  \($0.key): \($0.value)".wrapped(indent: 2, width: width) }
        }
        return lines
    }

    /// Steps by name, those with many instances with their number.
    private static func grouped(_ ids: [StepID]) -> [String] {
        Dictionary(grouping: ids, by: \.step).sorted { $0.key < $1.key }.map { step, ids in
            ids.count == 1 ? ids[0].description : "\(step) (\(ids.count.grouped))"
        }
    }
}
