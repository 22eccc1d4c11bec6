package import MartletCore

/// What a step's key is made of, kept so that a later run can say what differs.
package struct StepKey: Sendable, Equatable {
    /// `code`, `environment`, `inputs`, `parameters` and, of an instance, `partition`.
    package let parts: JSONValue
    /// The digest of the parts.
    package let digest: Digest

    package init(step: Step, partition: StepPartition = .whole, inputs: [String: InputContent]) {
        var parts: [String: JSONValue] = [
            "step": .string(step.name),
            "code": step.code,
            "environment": step.environment,
            "inputs": .object(inputs.mapValues(\.keyPart)),
            "parameters": step.parameters(of: partition),
        ]
        if !partition.isWhole { parts["partition"] = .object(partition.values.mapValues(JSONValue.string)) }
        self.parts = .object(parts)
        digest = Digest(of: self.parts)
    }

    /// The key of parts that were made elsewhere.
    init(parts: JSONValue) {
        self.parts = parts
        digest = Digest(of: parts)
    }

    /// Says in words how a part changed; `nil` where the two values say it best themselves. The path is such as `code`, `files`, `train.py`.
    package typealias Explainer = @Sendable (_ path: [String], _ old: JSONValue, _ new: JSONValue) -> [String]?

    /// Where these parts differ from others, in words: `parameters.trees: 100 → 200`.
    package func differences(from earlier: JSONValue, explainer: Explainer = { _, _, _ in nil }) -> [String] {
        Self.differences(earlier, parts, path: [], explainer)
    }

    /// The same of parts whose step is not at hand.
    package static func differences(from earlier: JSONValue, to later: JSONValue) -> [String] {
        differences(earlier, later, path: []) { _, _, _ in nil }
    }

    private static func differences(_ old: JSONValue, _ new: JSONValue, path: [String], _ explainer: Explainer) -> [String] {
        // As text: what was stored has been read back, and a whole number may have become an integer.
        guard old.canonicalText != new.canonicalText else { return [] }
        if let words = explainer(path, old, new) { return words }
        guard case .object(let left) = old, case .object(let right) = new else {
            return ["\(path.joined(separator: ".")): \(shown(old)) → \(shown(new))"]
        }
        return Set(left.keys).union(right.keys).sorted().flatMap { key in
            differences(left[key] ?? .null, right[key] ?? .null, path: path + [key], explainer)
        }
    }

    private static func shown(_ value: JSONValue) -> String {
        if case .null = value { return "nothing" }
        if let digest = value.string.flatMap(Digest.init) { return digest.short }
        let text = value.string ?? value.canonicalText
        return text.count > 60 ? "\(text.prefix(57))…" : text
    }
}
