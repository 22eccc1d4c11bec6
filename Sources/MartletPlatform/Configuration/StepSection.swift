import MartletCore
import MartletPipeline

/// What a section of steps declares, pipelines of other files included.
struct StepSection {
    var steps: [String: StepSpecification] = [:]
    /// What outputs of included pipelines are, by what the including file calls them: `ingest.table` is `ingest/clean.table`.
    var aliases: [OutputReference: OutputReference] = [:]
    /// The texts of included files, by their paths from the project's folder on.
    var texts: [String: String] = [:]
    /// The faults of included files.
    var faults: [Diagnostic] = []

    /// The same with other references.
    func mapped(_ reference: (OutputReference) -> OutputReference) -> [String: StepSpecification] {
        steps.mapValues { step in
            var step = step
            step.needs = step.needs.mapValues(reference)
            step.condition = step.condition.map(reference)
            step.each = step.each.map { fanOut in
                guard case .output(let source) = fanOut.values else { return fanOut }
                return FanOutSpecification(key: fanOut.key, values: .output(reference(source)))
            }
            return step
        }
    }

    /// Puts in what outputs of included pipelines are.
    mutating func resolve() {
        let aliases = aliases
        steps = mapped { aliases[$0] ?? $0 }
    }
}
