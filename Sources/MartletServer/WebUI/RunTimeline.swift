import MartletCore
import MartletPipeline

/// When each step of a run was at work, drawn as bars over time.
///
/// Places along the time are percentages, so that the drawing is as wide as the screen and its text stays as it is.
struct RunTimeline: Sendable {
    /// The most steps that are drawn.
    static let rowCountMax = 100
    private static let (axisHeight, rowHeight) = (22, 24)
    private static let nameLengthMax = 60
    private static let tickCountMax = 6

    private let account: RunAccount
    private let stepCount: Int
    private let rows: [RunStep]
    private let onPath: Set<AttemptName>
    private let end: Timestamp

    private struct AttemptName: Hashable {
        let id: StepID
        let number: Int

        init(_ attempt: AttemptRecord) { (id, number) = (attempt.id, attempt.number) }
    }

    /// What is on the critical path, what failed or runs, and the longest of the others.
    init(_ account: RunAccount, _ steps: [RunStep], _ path: CriticalPath, now: Timestamp) {
        let end = account.end(at: now)
        let pathSteps = Set(path.attempts.map(\.id))
        func rank(_ step: RunStep) -> (Int, Duration) {
            let length = step.attempts.reduce(Duration.zero) { $0 + (($1.endedAt ?? end) - $1.startedAt) }
            return (pathSteps.contains(step.id) ? 0 : [.failed, .running, .lost].contains(step.state) ? 1 : 2, .zero - length)
        }
        let drawn = steps.filter { !$0.attempts.isEmpty }
        let chosen = drawn.count <= Self.rowCountMax ? drawn[...] : drawn.sorted { rank($0) < rank($1) }.prefix(Self.rowCountMax)
        self.account = account
        self.end = end
        stepCount = drawn.count
        onPath = Set(path.attempts.map(AttemptName.init))
        rows = chosen.sorted { ($0.attempts[0].startedAt, $0.id) < ($1.attempts[0].startedAt, $1.id) }
    }

    /// Nothing where nothing ran.
    var figure: HTML {
        guard !rows.isEmpty else { return "" }
        let height = Self.axisHeight + rows.count * Self.rowHeight + 4
        return """
            <h2>Timeline</h2>
            <figure>
            <svg role="img" height="\(height)" aria-label="When each step ran. The table of steps below says the same in words.">
            \(ticks(height))\(rows.enumerated().map { row($1, at: Self.axisHeight + $0 * Self.rowHeight) })</svg>
            <figcaption>\(caption)</figcaption>
            </figure>

            """
    }

    private var caption: String {
        let legend = "◆ and a thick bar: on the critical path. ✗ and a dashed bar: failed. • at work."
        guard rows.count < stepCount else { return legend }
        return "\(legend) Drawn are \(rows.count.grouped) of \(stepCount.grouped) steps that ran: those on the critical path, those that "
            + "failed or are at work, and the longest."
    }

    // MARK: Time

    private var lengthSeconds: Double { max(0.001, (end - account.run.startedAt) / .seconds(1)) }

    private func share(_ time: Timestamp) -> Double {
        min(1, max(0, (time - account.run.startedAt) / .seconds(1) / lengthSeconds))
    }

    private static func percent(_ share: Double) -> String { "\((share * 100).formatted(places: 2))%" }

    /// The distance of two marks that people count by.
    static func tickSeconds(_ lengthSeconds: Double) -> Double {
        let clock: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400]
        let parts: [Double] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
        // Beyond days, so many days that the marks are few.
        return (parts + clock).first { lengthSeconds / $0 <= Double(tickCountMax) }
            ?? (lengthSeconds / Double(tickCountMax) / 86_400).rounded(.up) * 86_400
    }

    private func ticks(_ height: Int) -> HTML {
        let step = Self.tickSeconds(lengthSeconds)
        var ticks: HTML = ""
        for number in 0...Int(lengthSeconds / step) {
            let seconds = Double(number) * step
            let place = Self.percent(seconds / lengthSeconds)
            let anchor = number == 0 ? "start" : seconds / lengthSeconds > 0.95 ? "end" : "middle"
            ticks += """
                <line x1="\(place)" x2="\(place)" y1="16" y2="\(height)"/>\
                <text class="tick" x="\(place)" y="11" text-anchor="\(anchor)">\(Self.label(seconds, step: step))</text>

                """
        }
        return ticks
    }

    private static func label(_ seconds: Double, step: Double) -> String {
        guard seconds > 0 else { return "0" }
        if step < 1 { return Duration.seconds(seconds).words }
        return seconds < 60 ? "\(seconds.formatted(places: 0)) s" : Duration.seconds(seconds).clockText
    }

    // MARK: Steps

    private func row(_ step: RunStep, at top: Int) -> HTML {
        let isOnPath = step.attempts.contains { onPath.contains(AttemptName($0)) }
        let marks = [isOnPath ? "◆" : "", step.state == .failed ? "✗" : step.state == .running ? "•" : ""].filter { !$0.isEmpty }
        let name = step.id.description
        let label = (marks + [name.count > Self.nameLengthMax ? "\(name.prefix(Self.nameLengthMax - 1))…" : name]).joined(separator: " ")
        let (start, stop) = (share(step.attempts[0].startedAt), share(step.attempts.map { $0.endedAt ?? end }.max() ?? end))
        // A name stands over the beginning of its bar, or ends with it where there would be no room.
        let (place, anchor) = start > 0.5 ? (stop, "end") : (start, "start")
        let style: HTML = isOnPath ? " class=\"path\"" : ""
        return """
            <text\(style) x="\(Self.percent(place))" y="\(top + 12)" text-anchor="\(anchor)">\(label)</text>
            \(step.attempts.map { bar($0, at: top + 15) })
            """
    }

    private func bar(_ attempt: AttemptRecord, at top: Int) -> HTML {
        let (start, stop) = (share(attempt.startedAt), share(attempt.endedAt ?? end))
        let isOnPath = onPath.contains(AttemptName(attempt))
        let style = attempt.failure != nil ? "bad" : isOnPath ? "path" : "bar"
        let width = max(0.002, stop - start)
        let words = [
            "\(attempt.id), attempt \(attempt.number): \(attempt.stateWord(isRunning: account.state == .running))",
            PageWords.duration((attempt.endedAt ?? end) - attempt.startedAt),
        ]
        return """
            <rect class="\(style)" x="\(Self.percent(min(start, 1 - width)))" y="\(top)" width="\(Self.percent(width))" \
            height="\(isOnPath ? 7 : 4)" rx="1.5"><title>\(words.joined(separator: ", "))</title></rect>

            """
    }
}
