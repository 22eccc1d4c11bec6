import MartletCore
import MartletPipeline

/// Words that pages share.
enum PageWords {
    /// Characters of a message that a page shows; programs are told all of it.
    static let messageLengthMax = 2_000

    /// `2024-03-01 14:03:00 UTC`.
    static func time(_ time: Timestamp) -> HTML {
        let text = time.secondsText.replacing("T", with: " ").replacing("Z", with: " UTC")
        return "<time datetime=\"\(time.description)\">\(text)</time>"
    }

    /// `1.2 s` below a minute, `12:07` from there on.
    static func duration(_ duration: Duration) -> String { duration < .seconds(60) ? duration.words : duration.clockText }

    static func message(_ text: String) -> HTML {
        let shown = text.count > messageLengthMax ? "\(text.prefix(messageLengthMax - 1))…" : text
        return "<p class=\"message mono\">\(shown)</p>\n"
    }

    static func state(_ state: RunRecord.State) -> HTML {
        switch state {
        case .running: Self.state("•", "running", "running")
        case .done: Self.state("✓", "done", "done")
        case .failed: Self.state("✗", "failed", "failed")
        case .cancelled: Self.state("–", "cancelled", "idle")
        case .lost: Self.state("?", "lost", "lost")
        }
    }

    /// - Parameter step: where it failed, its kind of failure is told too.
    static func state(_ step: RunStep) -> HTML {
        let kind = step.attempts.last?.failure.map { ": \($0.kind.rawValue)" } ?? ""
        return Self.state(step.state.mark, step.state.word + (step.state == .failed ? kind : ""), step.state.style)
    }

    /// The sign says the same as the colour.
    private static func state(_ mark: String, _ word: String, _ style: String) -> HTML {
        "<span class=\"state \(style)\"><span aria-hidden=\"true\">\(mark)</span> \(word)</span>"
    }

    /// `3 failed · 12 done`, without what there is none of.
    static func counts(_ counts: [(Int, String)]) -> String {
        // A number and its word stay on one line.
        counts.filter { $0.0 > 0 }.map { "\($0.0.grouped)\u{a0}\($0.1)" }.joined(separator: " · ")
    }

    /// A link within these pages. What a query says is escaped for it, whatever it holds.
    static func link(_ path: [String], _ query: [(String, String)] = []) -> String {
        let items = query.map { "\(PercentEncoding.encoded($0))=\(PercentEncoding.encoded($1))" }.joined(separator: "&")
        return "/v1/runs" + path.map { "/\(PercentEncoding.encoded($0))" }.joined() + (items.isEmpty ? "" : "?\(items)")
    }
}

extension RunStep.State {
    var word: String {
        switch self {
        case .failed: "failed"
        case .running: "running"
        case .lost: "lost"
        case .done: "done"
        case .waiting: "waiting"
        case .notBegun: "not begun"
        case .leftOut: "left out"
        case .fresh: "fresh"
        }
    }

    /// As the command line marks it.
    fileprivate var mark: String {
        switch self {
        case .failed: "✗"
        case .running: "•"
        case .lost: "?"
        case .done: "✓"
        case .waiting, .notBegun: "…"
        case .leftOut: "–"
        case .fresh: "="
        }
    }

    fileprivate var style: String {
        switch self {
        case .failed: "failed"
        case .running: "running"
        case .lost: "lost"
        case .done: "done"
        case .waiting: "waiting"
        case .notBegun, .leftOut, .fresh: "idle"
        }
    }
}
