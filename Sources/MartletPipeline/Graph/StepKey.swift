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
            return ["\(path.joined(separator: ".")): \(change(text(old), text(new)))"]
        }
        return Set(left.keys).union(right.keys).sorted().flatMap { key in
            differences(left[key] ?? .null, right[key] ?? .null, path: path + [key], explainer)
        }
    }

    /// More characters of a value are not shown.
    private static let lengthMax = 60
    /// So many characters are shown before the first that differs.
    private static let contextLength = 20

    /// Both values from about where they differ: two long queries may begin alike.
    private static func change(_ old: String, _ new: String) -> String {
        let isLong = max(old.count, new.count) > lengthMax
        let start = isLong ? max(0, zip(old, new).prefix { $0 == $1 }.count - contextLength) : 0
        return "\(shown(old, from: start)) → \(shown(new, from: start))"
    }

    private static func shown(_ text: String, from start: Int) -> String {
        let rest = text.dropFirst(start)
        return (start > 0 ? "…" : "") + (rest.count > lengthMax ? "\(rest.prefix(lengthMax - 3))…" : String(rest))
    }

    private static func text(_ value: JSONValue) -> String {
        if case .null = value { return "nothing" }
        if let digest = value.string.flatMap(Digest.init) { return digest.short }
        return value.string ?? value.canonicalText
    }
}
