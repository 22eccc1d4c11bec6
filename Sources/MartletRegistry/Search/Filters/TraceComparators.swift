import MartletCore

/// Which comparators work with what of a trace.
enum TraceComparators {
    static let promptKey = "mlflow.linkedPrompts"

    private static let texts = ComparatorSets.texts.union(["RLIKE"])
    private static let textsOrNull = texts.union(["IS NULL", "IS NOT NULL"])
    private static let textsOrLists = texts.union(["IN", "NOT IN"])
    private static let assessments = textsOrNull.union([">", ">=", "<", "<="])
    private static let spanAttributes: Set = ["name", "type", "status"]

    static func checked(_ draft: SearchDraft, isNumeric: Bool) throws(MartletError) -> SearchComparison {
        let comparator = draft.comparator.uppercased()
        let start = "Invalid comparator '\(comparator)' not one of '"
        switch draft.entity {
        case .issue: return try checkedIssue(draft, comparator)
        case .tag:
            if comparator != "=", draft.key == promptKey, textsOrNull.contains(comparator) { throw promptRefusal(comparator) }
            try validatePrompt(draft)
            return try draft.comparison(comparator, among: textsOrNull, orRefuse: start + PythonText.set(textsOrNull))
        case .metadata:
            return try draft.comparison(comparator, among: textsOrNull, orRefuse: start + PythonText.set(textsOrNull) + "'")
        case .span:
            try validateSpan(draft.key, comparator)
            return try draft.comparison(comparator, among: textsOrLists, orRefuse: start)
        case .feedback, .expectation:
            let message = "assessment.\(draft.key) comparator '\(comparator)' not one of '\(PythonText.set(assessments))'"
            return try draft.comparison(comparator, among: assessments, orRefuse: message)
        default:
            let message = start + PythonText.set(textsOrLists) + (isNumeric ? "" : "'")
            let allowed = isNumeric ? ComparatorSets.numbers : textsOrLists
            let isNumber = isNumeric && allowed.contains(comparator)
            let value = isNumber ? try number(of: draft) : draft.value
            return try draft.comparison(comparator, among: allowed, value: value, orRefuse: message)
        }
    }

    /// Times may be quoted, which MLflow leaves to its store.
    private static func number(of draft: SearchDraft) throws(MartletError) -> SearchValue {
        guard case .text(let text) = draft.value else { return draft.value }
        guard let integer = PythonText.integer(text) else {
            throw MartletError(.invalidInput, "Invalid value for numeric attribute '\(draft.key)': \(PythonText.quoted(text))")
        }
        return .integer(integer)
    }

    private static func checkedIssue(_ draft: SearchDraft, _ comparator: String) throws(MartletError) -> SearchComparison {
        guard draft.key == "id" else {
            throw MartletError(.invalidInput, "Invalid issue attribute '\(draft.key)'. Supported attributes: id")
        }
        return try draft.comparison(
            comparator, among: ["="], orRefuse: "issue.id comparator '\(comparator)' not one of '\(PythonText.set(["="]))'")
    }

    private static func promptRefusal(_ comparator: String) -> MartletError {
        MartletError(
            .invalidInput,
            "Invalid comparator '\(comparator)' for prompts filter. Only '=' is supported with format: prompt = \"name/version\"")
    }

    private static func validatePrompt(_ draft: SearchDraft) throws(MartletError) {
        guard draft.key == promptKey, draft.comparator == "=", case .text(let text) = draft.value else { return }
        guard text.utf8.lazy.filter({ $0 == UInt8(ascii: "/") }).count == 1 else {
            throw MartletError(
                .invalidInput, "Invalid prompts filter value '\(text)'. Expected format: prompt = \"name/version\"")
        }
    }

    /// Refuses what spans do not have, and comparators that do not work with what they have.
    static func validateSpan(_ key: String, _ comparator: String) throws(MartletError) {
        let allowed = key == "content" ? ["LIKE", "ILIKE"] : textsOrLists
        if key == "attributes." {
            throw MartletError(.invalidInput, "Span attribute name cannot be empty after 'attributes.'")
        }
        guard key == "content" || key.hasPrefix("attributes.") || spanAttributes.contains(key) else {
            throw MartletError(
                .invalidInput,
                "Invalid span attribute '\(key)'. Supported attributes: name, status, type, attributes.<attribute_name>.")
        }
        guard allowed.contains(comparator) else {
            throw MartletError(.invalidInput, "span.\(key) comparator '\(comparator)' not one of '\(PythonText.set(allowed))'")
        }
    }
}
