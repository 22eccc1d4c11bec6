import Foundation
import MartletCore
import MartletPipeline
import MartletStore

/// The outputs that a run recorded, which stand for steps that are not run again: those that run once only, those that deploy, and those
/// that look at what no key knows.
struct RecordedOutputs: Sendable {
    private let manifest: RunManifest
    private let platform: Platform
    private let scratch: Platform

    init(_ manifest: RunManifest, from platform: Platform, to scratch: Platform) {
        (self.manifest, self.platform, self.scratch) = (manifest, platform, scratch)
    }

    /// The names of the steps that are not run again, each with the reason.
    func taken(in graph: StepGraph) -> [String: String] {
        Dictionary(uniqueKeysWithValues: graph.steps.compactMap { step in reason(step).map { (step.name, $0) } })
    }

    private func reason(_ step: Step) -> String? {
        if step.policy.isOnceOnly { return "it runs once only" }
        if case .deploy? = scratch.project.steps[step.name]?.work { return "it deploys" }
        return step.policy.lifetime == .zero ? "it always runs, on what no record holds" : nil
    }

    /// The same graph, in which those steps hand over what was recorded.
    func replacing(in graph: StepGraph) throws -> StepGraph {
        try StepGraph(graph.steps.map { step in reason(step) == nil ? step : replaced(step) })
    }

    private func replaced(_ step: Step) -> Step {
        var replaced = Step(
            name: step.name, code: step.code, inputs: step.inputs, parameters: step.parameters, environment: step.environment,
            work: .action { context in
                guard let entry = manifest.entries[context.id] else {
                    throw StepFailure(.refused, "step '\(context.id)' is not run again, and made no outputs then")
                }
                for digest in entry.outputs.values.sorted() { try copy(digest, of: context.id) }
                return StepResult(outputs: entry.outputs)
            })
        (replaced.fanOuts, replaced.condition, replaced.paths) = (step.fanOuts, step.condition, step.paths)
        replaced.instanceParameters = step.instanceParameters
        replaced.policy.tolerance = step.policy.tolerance
        return replaced
    }

    /// Brings a content from the one home to the other.
    private func copy(_ digest: Digest, of id: StepID) throws {
        let (source, target) = (TreeStore(home: platform.home), TreeStore(home: scratch.home))
        guard try target.content(digest) == nil else { return }
        guard let content = try source.content(digest) else {
            throw StepFailure(.refused, "step '\(id)' is not run again, and its recorded output \(digest.short) is not kept any more")
        }
        let place = "\(scratch.home.temporaryPath)/\(UUID().uuidString)"
        // What stays goes with all of the place.
        defer { try? FileManager.default.removeItem(atPath: place) }
        try source.materialise(digest, at: place)
        let kept = try content.kind == .folder ? target.put(folder: place) : target.put(file: place)
        guard kept.digest == digest else {
            throw MartletError(.corrupt, "the recorded output \(digest.short) of step '\(id)' came out as \(kept.digest.short)")
        }
    }
}
