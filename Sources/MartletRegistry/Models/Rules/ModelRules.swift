/// What names, aliases and tags of registered models may be, and how MLflow refuses others.
enum ModelRules {
    // The longest texts, in code points. MLflow's databases differ in what they take of the first three.
    static let nameLengthMax = 500
    static let sourceLengthMax = 4096
    static let idLengthMax = 250
    static let aliasLengthMax = 255
    static let tagValueLengthMax = 100_000

    // MARK: Names

    /// - Parameter field: what the name is called where it is missing.
    static func check(name: String, field: String = "name") throws(TrackingFault) {
        guard !name.trimmingSpace.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "Missing value for required parameter '\(field)'.")
        }
        guard !name.unicodeScalars.contains(where: { $0 == "/" || $0 == ":" }) else {
            throw TrackingFault(.invalidParameterValue, "Invalid model name '\(name)'. Names cannot contain '/' or ':'.")
        }
        try KeyRule.checkAsPath(name, path: "name")
        try KeyRule.checkLength(name, field, max: nameLengthMax)
    }

    // MARK: Versions

    /// What is sent of a version, as far as its length goes.
    static func checkLengths(_ draft: ModelVersionDraft) throws(TrackingFault) {
        try KeyRule.checkLength(draft.source, "source", max: sourceLengthMax)
        try KeyRule.checkLength(draft.run ?? "", "run_id", max: idLengthMax)
        try KeyRule.checkLength(draft.loggedModel ?? "", "model_id", max: idLengthMax)
    }

    // MARK: Aliases

    /// The alias that stands for the highest version.
    static func isLatest(_ alias: String) -> Bool { alias.lowercased() == "latest" }

    static func check(alias: String) throws(TrackingFault) {
        guard !alias.isEmpty else { throw TrackingFault(.invalidParameterValue, "Registered model alias name cannot be empty.") }
        guard withoutLastNewline(alias).allSatisfy({ KeyRule.isWordCharacter($0) || $0 == "-" }) else {
            throw TrackingFault(
                .invalidParameterValue,
                "Invalid alias name: '\(alias)'. Names may only contain alphanumerics, underscores (_), and dashes (-).")
        }
        try KeyRule.checkLength(alias, "Registered model alias name", max: aliasLengthMax)
    }

    /// The same for an alias that is to be set.
    static func check(newAlias alias: String) throws(TrackingFault) {
        try check(alias: alias)
        guard !isLatest(alias) else {
            throw TrackingFault(.invalidParameterValue, "'latest' alias name (case insensitive) is reserved.")
        }
        let scalars = withoutLastNewline(alias)
        if scalars.count > 1, scalars.first == "v" || scalars.first == "V", scalars.dropFirst().allSatisfy(\.isDigit) {
            throw TrackingFault(.invalidParameterValue, "Version alias name '\(alias)' is reserved.")
        }
    }

    /// What a pattern of Python that ends with `$` looks at.
    private static func withoutLastNewline(_ text: String) -> Substring.UnicodeScalarView {
        let scalars = text.unicodeScalars[...]
        return scalars.last == "\n" ? scalars.dropLast() : scalars
    }

    // MARK: Tags

    static func check(modelTag tag: KeyedText) throws(TrackingFault) {
        try check(tagKey: tag.key)
        try KeyRule.checkLength(tag.key, "key")
        try KeyRule.checkLength(tag.value, "value", max: tagValueLengthMax)
    }

    static func check(versionTag tag: KeyedText) throws(TrackingFault) {
        try check(tagKey: tag.key)
        try KeyRule.checkLength(tag.key, "key")
        if tag.key == PromptRules.textTag, KeyRule.isLonger(tag.value, than: tagValueLengthMax) {
            throw TrackingFault(.invalidParameterValue, "Prompt text exceeds max length of \(tagValueLengthMax) characters.")
        }
        try KeyRule.checkLength(tag.value, "value", max: tagValueLengthMax)
    }

    static func check(tagKey key: String) throws(TrackingFault) { try KeyRule.check(key, path: "key") }
}
