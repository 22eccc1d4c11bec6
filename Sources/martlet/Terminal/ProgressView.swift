import Synchronization

/// Shows how far long work is: a bar that moves on a terminal, a line at each beginning and end elsewhere.
final class ProgressView: Sendable {
    private struct State {
        var isDrawn = false
        var drawnAt = ContinuousClock.now
        var startedAt = ContinuousClock.now
    }

    private let state = Mutex(State())
    private let isTerminal: Bool
    private let isSilent: Bool

    /// Makes a view; `silent` shows nothing at all.
    init(silent: Bool = false) {
        isSilent = silent
        isTerminal = Output.isTerminal
    }

    /// Work begins.
    func begin(_ name: String, _ note: String = "") {
        guard !isSilent else { return }
        state.withLock { $0.startedAt = .now }
        if isTerminal {
            draw(name, share: 0, note)
        } else {
            Output.error("• \(name)\(note.isEmpty ? "" : ": \(note)")")
        }
    }

    /// Work goes on; drawn at most ten times a second.
    func update(_ name: String, share: Double?, _ note: String) {
        guard !isSilent, isTerminal else { return }
        let isDue = state.withLock { state in
            guard state.drawnAt.duration(to: .now) > .milliseconds(100) else { return false }
            state.drawnAt = .now
            return true
        }
        if isDue { draw(name, share: share, note) }
    }

    /// Work ends.
    func end(_ name: String, mark: String = "✓", _ note: String) {
        guard !isSilent else { return }
        clear()
        Output.error("\(mark) \(name)\(note.isEmpty ? "" : ": \(note)")")
    }

    /// Takes the bar away, for other lines.
    func clear() {
        guard isTerminal else { return }
        if state.withLock({ state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }) {
            Output.status("\r\u{1b}[K")
        }
    }

    private func draw(_ name: String, share: Double?, _ note: String) {
        let width = 20
        let filled = Int(((share ?? 0) * Double(width)).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let line = "\(bar) \(name)  \(note)"
        Output.status("\r\u{1b}[K" + line.prefix(Output.width - 1))
        state.withLock { $0.isDrawn = true }
    }
}
