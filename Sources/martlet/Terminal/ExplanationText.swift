import MartletCore
import MartletPipeline

/// What a run would do, and why, for people. Of a step that is fanned out, neighbours of whom the same is said stand together.
struct ExplanationText {
    /// So many neighbours stand on lines of their own all the same.
    private static let aloneMax = 3

    let verdicts: [(id: StepID, verdict: PipelineRunner.Verdict)]
    /// The code that is followed, by step.
    let code: [String: FollowedCode]

    /// The lines.
    var lines: [String] {
        var lines: [String] = []
        var shown: Set<String> = []
        var rest = verdicts[...]
        while let first = rest.first {
            let alike = rest.prefix { $0.id.step == first.id.step && isAlike($0.verdict, first.verdict) }
            let together = alike.count > Self.aloneMax ? alike : rest.prefix(1)
            rest = rest.dropFirst(together.count)
            // Instances have the same code.
            let code = shown.insert(first.id.step).inserted ? code[first.id.step]?.lines ?? [] : []
            lines += text(first, count: together.count) + code.map { "    \($0)" }
        }
        return lines
    }

    private func isAlike(_ left: PipelineRunner.Verdict, _ right: PipelineRunner.Verdict) -> Bool {
        if case (.fresh, .fresh) = (left, right) { true } else { left == right }
    }

    private func text(_ first: (id: StepID, verdict: PipelineRunner.Verdict), count: Int) -> [String] {
        let (id, verdict) = first
        guard count > 1 else { return ["\(verdict.mark) \(id): \(verdict.word)"] + verdict.reasons.map { "    \($0)" } }
        let reasons = if case .fresh = verdict { ["their keys were made before, and their outputs are there"] } else { verdict.reasons }
        return ["\(verdict.mark) \(id) and \((count - 1).grouped) more: \(verdict.word)"] + reasons.map { "    \($0)" }
    }
}
