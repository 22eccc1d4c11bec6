import MartletCore
package import MartletPipeline
import MartletStore

/// A step of an old run, and what became of it when it was made again.
package struct ReproducedStep: Sendable, Equatable {
    package enum Verdict: String, Sendable {
        /// Its key and all its outputs are those of the records.
        case equal
        /// Its outputs are others.
        case outputsDiffer = "outputs differ"
        /// It was made from something else.
        case keyDiffers = "key differs"
        /// It has no outputs now.
        case notMade = "not made"
        /// It was not to be run again; its recorded outputs stood for it.
        case taken = "not run again"
        /// The run had no such step.
        case new
    }

    package let id: StepID
    package let verdict: Verdict
    /// What differs, or why it was not run.
    package let words: [String]
    /// Whether its key is that of the records; `nil` where there are not two.
    package let isKeyEqual: Bool?
    /// How many of its outputs are those of the records, and how many there were.
    package let equalCount: Int
    package let outputCount: Int
}

/// Compares what a run recorded with what came out again.
struct ReproductionComparison {
    private let platform: Platform
    private let scratch: Platform
    private let executions: [StepID: StepExecution]
    private let difference: ContentDifference

    /// - Parameter executions: of the records.
    init(_ platform: Platform, _ scratch: Platform, _ executions: [StepID: StepExecution]) {
        (self.platform, self.scratch, self.executions) = (platform, scratch, executions)
        difference = ContentDifference(home: scratch.home)
    }

    /// All steps of both, in order. - Parameter taken: those that were not run again, with the reason.
    func steps(_ manifest: RunManifest, _ outcome: PipelineRunner.Outcome, taken: [String: String]) -> [ReproducedStep] {
        let old = manifest.entries.map { id, entry in step(id, entry, outcome, taken[id.step]) }
        // What had no outputs then is compared with nothing; what had and has none is told above.
        let new = outcome.executions.keys.filter { manifest.entries[$0] == nil }.map { id in
            let words = manifest.others[id].map { "then: \($0)" } ?? "the run had no such step"
            return ReproducedStep(id: id, verdict: .new, words: [words], isKeyEqual: nil, equalCount: 0, outputCount: 0)
        }
        return (old + new).sorted { $0.id < $1.id }
    }

    private func step(_ id: StepID, _ entry: RunManifest.Entry, _ outcome: PipelineRunner.Outcome, _ taken: String?) -> ReproducedStep {
        guard let execution = outcome.executions[id] else {
            let words = outcome.steps[id]?.words ?? "there is no such step now"
            return ReproducedStep(
                id: id, verdict: .notMade, words: [words], isKeyEqual: nil, equalCount: 0, outputCount: entry.outputs.count)
        }
        let equal = entry.outputs.filter { execution.outputs[$0.key] == $0.value }.count
        let isKeyEqual = execution.key == entry.key
        let (verdict, words) = judge(id, entry, execution, taken)
        return ReproducedStep(
            id: id, verdict: verdict, words: words, isKeyEqual: isKeyEqual, equalCount: equal, outputCount: entry.outputs.count)
    }

    private func judge(
        _ id: StepID, _ entry: RunManifest.Entry, _ execution: StepExecution, _ taken: String?
    ) -> (ReproducedStep.Verdict, [String]) {
        var words: [String] = []
        if execution.key != entry.key {
            let earlier = executions[id]?.keyParts
            words +=
                earlier.map { StepKey.differences(from: $0, to: execution.keyParts) } ?? ["the parts of its key are not on record any more"]
        }
        if let taken { return words.isEmpty ? (.taken, [taken]) : (.keyDiffers, [taken] + words) }
        if entry.outputs == execution.outputs { return words.isEmpty ? (.equal, []) : (.keyDiffers, words) }
        for name in Set(entry.outputs.keys).union(execution.outputs.keys).sorted() {
            words += output(id, name, entry.outputs[name], execution.outputs[name])
        }
        let more = words.count - KeyExplainer.lineCountMax
        return (.outputsDiffer, words.prefix(KeyExplainer.lineCountMax) + (more > 0 ? ["and \(more) more"] : []))
    }

    private func output(_ id: StepID, _ name: String, _ old: Digest?, _ new: Digest?) -> [String] {
        guard old != new else { return [] }
        guard let old else { return ["\(name): a new output"] }
        guard let new else { return ["\(name): there is no such output now"] }
        let file = platform.project.steps[id.step]?.outputs[name] ?? name
        return difference.words(
            name, file: file.hasSuffix("/") ? String(file.dropLast()) : file, old: ComparedContent(digest: old, home: platform.home),
            new: ComparedContent(digest: new, home: scratch.home))
    }
}
