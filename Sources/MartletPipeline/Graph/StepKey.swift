package import MartletCore

/// What a step's key is made of, kept so that a later run can say what differs.
package struct StepKey: Sendable, Equatable {
    /// `code`, `environment`, `inputs` and `parameters`.
    package let parts: JSONValue
    /// The digest of the parts.
    package let digest: Digest

    package init(step: Step, inputs: [String: Digest]) {
        parts = [
            "step": .string(step.name),
            "code": .string(step.code),
            "environment": step.environment,
            "inputs": .object(inputs.mapValues { .string($0.description) }),
            "parameters": step.parameters,
        ]
        digest = Digest(of: parts)
    }

    /// Where these parts differ from others, in words: `parameters.trees: 100 → 200`.
    package func differences(from earlier: JSONValue) -> [String] {
        Self.differences(earlier, parts, path: "")
    }

    private static func differences(_ old: JSONValue, _ new: JSONValue, path: String) -> [String] {
        // As text: what was stored has been read back, and a whole number may have become an integer.
        guard old.canonicalText != new.canonicalText else { return [] }
        guard case .object(let left) = old, case .object(let right) = new else {
            return ["\(path): \(shown(old)) → \(shown(new))"]
        }
        return Set(left.keys).union(right.keys).sorted().flatMap { key in
            differences(left[key] ?? .null, right[key] ?? .null, path: path.isEmpty ? key : "\(path).\(key)")
        }
    }

    private static func shown(_ value: JSONValue) -> String {
        if case .null = value { return "nothing" }
        if let digest = value.string.flatMap(Digest.init) { return digest.short }
        let text = value.string ?? value.canonicalText
        return text.count > 60 ? "\(text.prefix(57))…" : text
    }
}
