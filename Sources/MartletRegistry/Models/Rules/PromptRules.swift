/// Prompts, which MLflow keeps as registered models that have a tag.
package enum PromptRules {
    static let tag = "mlflow.prompt.is_prompt"
    static let textTag = "mlflow.prompt.text"
    private static let sources: Set = ["dummy-source", "prompt-template"]

    /// Tags without those that mark a prompt, and whether they do.
    package static func split(_ tags: [KeyedText]) -> (tags: [KeyedText], isPrompt: Bool) {
        isPrompt(tags) ? (tags.filter { $0.key != tag && $0.key != textTag }, true) : (tags, false)
    }

    /// The text of a prompt's version.
    package static func template(_ tags: [KeyedText]) -> String? { tags.last { $0.key == textTag }?.value }

    /// Whether tags tell of a prompt; of several the last counts.
    static func isPrompt(_ tags: [KeyedText]) -> Bool { tags.last { $0.key == tag }?.value.lowercased() == "true" }

    static func check(source: String) throws(TrackingFault) {
        guard sources.contains(source) else {
            throw TrackingFault(
                .invalidParameterValue, "Invalid prompt source: '\(source)'. Prompt sources must use an MLflow placeholder.")
        }
    }

    /// The refusal of a name that is taken. To MLflow the tag alone makes a prompt here, whatever its value.
    static func taken(_ name: String, byPrompt isTakenByPrompt: Bool, tags: [KeyedText]) -> TrackingFault {
        let isPrompt = tags.contains { $0.key == tag }
        guard isPrompt != isTakenByPrompt else {
            return TrackingFault(.resourceAlreadyExists, "\(isPrompt ? "Prompt" : "Registered Model") (name=\(name)) already exists.")
        }
        let (new, old) = isPrompt ? ("prompt", "registered model") : ("registered model", "prompt")
        return TrackingFault(
            .resourceAlreadyExists,
            "Tried to create a \(new) with name \(PythonText.quoted(name)), but the name is already taken by a \(old). MLflow does not allow "
                + "creating a model and a prompt with the same name.")
    }

    // MARK: Searches

    /// Whether a search is of prompts: the first comparison of the tag decides.
    static func isSought(by comparisons: [SearchComparison]) -> Bool {
        guard let first = comparisons.first(where: isAboutPrompts), case .text(let text) = first.value else { return false }
        return switch first.comparator {
        case .equal: text.lowercased() == "true"
        case .notEqual: text.lowercased() == "false"
        default: false
        }
    }

    static func isAboutPrompts(_ comparison: SearchComparison) -> Bool { comparison.entity == .tag && comparison.key == tag }
}
