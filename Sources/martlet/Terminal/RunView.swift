import MartletCore
import MartletPipeline
import Synchronization

/// Draws a run: on a terminal what runs, what waits and how far it is, in place; elsewhere a line at each beginning and end.
final class RunView: Sendable {
    /// A terminal is drawn anew so often at most.
    private static let interval = Duration.milliseconds(100)

    private struct State {
        var picture = RunPicture()
        /// Lines that are to stay, and are not written yet.
        var notes: [String] = []
        /// Whether the last picture was drawn.
        var isOver = false
        /// The lines that are drawn and do not stay.
        var drawn: [String] = []
    }

    private let state = Mutex(State())
    private let isTerminal: Bool
    private let isSilent: Bool

    /// - Parameter silent: whether nothing is shown.
    init(silent: Bool) {
        isSilent = silent
        isTerminal = Output.isTerminal
    }

    /// Calls something whose events are taken meanwhile.
    func drawing(_ body: () async throws -> Void) async throws {
        guard isTerminal, !isSilent else { return try await body() }
        state.withLock { $0.isOver = false }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.drawAgainAndAgain() }
            defer {
                group.cancelAll()
                draw(isLast: true)
            }
            try await body()
        }
    }

    /// Takes what happened.
    func take(_ event: PipelineRunner.Event) {
        let note = state.withLock { $0.picture.take(event, at: .now) }
        if let note, !(isTerminal && note.isBeginning) { self.note(note.text) }
    }

    /// Says something that stays.
    func note(_ text: String) {
        guard !isSilent else { return }
        if isTerminal { state.withLock { $0.notes.append(text) } } else { Output.error(text) }
    }

    private func drawAgainAndAgain() async {
        while !Task.isCancelled {
            draw(isLast: false)
            // Cancelled is as good as over: the last picture is drawn by who cancels.
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func draw(isLast: Bool) {
        let (width, height) = (Output.width - 1, Output.height - 1)
        state.withLock { state in
            guard !state.isOver else { return }
            state.isOver = isLast
            let lines = isLast ? [] : state.picture.lines(at: .now, width: width, height: height)
            guard isLast || !state.notes.isEmpty || lines != state.drawn else { return }
            let back = state.drawn.isEmpty ? "" : "\r\u{1b}[\(state.drawn.count)A\u{1b}[J"
            Output.status(back + (state.notes + lines).map { "\($0)\n" }.joined())
            (state.notes, state.drawn) = ([], lines)
        }
    }
}
