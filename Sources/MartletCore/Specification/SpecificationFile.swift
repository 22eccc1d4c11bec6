import Yams

/// A YAML file that is read key by key, collecting every fault with its line instead of stopping at the first.
///
/// Read it from one task: it gathers diagnostics as it goes.
package final class SpecificationFile {
    package let name: String
    package let root: SpecificationNode
    private let sink: DiagnosticSink

    /// Parses a document. - Throws: `SpecificationError` where it is not YAML.
    package init(name: String, text: String) throws {
        self.name = name
        sink = DiagnosticSink(file: name)
        do {
            // What a text means is told where it is read: to guess it from its form takes longer than all the rest.
            let node = try Yams.compose(yaml: text, .basic)
            root = SpecificationNode(node: node ?? .mapping(Node.Mapping([])), path: [], sink: sink)
        } catch let error as YamlError {
            throw SpecificationError([Self.diagnostic(of: error, file: name)])
        }
    }

    /// Throws every fault that was met while reading. Call it once the document has been read whole.
    package func finish() throws {
        guard sink.diagnostics.isEmpty else { throw SpecificationError(sink.diagnostics) }
    }

    private static func diagnostic(of error: YamlError, file: String) -> Diagnostic {
        let place: (mark: Mark?, problem: String) =
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                (mark, problem)
            case .duplicatedKeysInMapping(let duplicates, let context):
                (context.mark, "the key '\(duplicates.joined(separator: "', '"))' twice in one mapping; remove one")
            default: (nil, "\(error)")
            }
        let message = "expected YAML, found: \(place.problem)"
        return Diagnostic(file: file, line: place.mark?.line ?? 1, column: place.mark?.column ?? 1, path: "", message: message)
    }
}

/// Where faults are gathered while one file is read.
private final class DiagnosticSink {
    let file: String
    var diagnostics: [Diagnostic] = []

    init(file: String) { self.file = file }
}

/// A place in a specification file.
package struct SpecificationNode {
    private let node: Node
    package let path: [String]
    private let sink: DiagnosticSink

    fileprivate init(node: Node, path: [String], sink: DiagnosticSink) {
        self.node = node
        self.path = path
        self.sink = sink
    }

    /// Records a fault at this place.
    package func report(_ message: String) {
        let mark = node.mark
        sink.diagnostics.append(
            Diagnostic(
                file: sink.file, line: mark?.line ?? 1, column: mark?.column ?? 1, path: path.joined(separator: "."),
                message: message
            )
        )
    }

    private func child(_ key: String, _ node: Node) -> SpecificationNode {
        SpecificationNode(node: node, path: path + [key], sink: sink)
    }

    private var found: String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string.prefix(60))'"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// Records that something else was expected here, and returns `nil`.
    package func expected<T>(_ what: String) -> T? {
        report("expected \(what), found \(found)")
        return nil
    }

    // MARK: Scalars

    package var isMapping: Bool { node.mapping != nil }
    package var isList: Bool { node.sequence != nil }

    package var string: String? {
        guard let scalar = node.scalar, !scalar.string.isEmpty else { return expected("a text") }
        return scalar.string
    }

    /// A scalar's text, which may be empty; a list or a mapping is a fault.
    package var text: String? {
        guard let scalar = node.scalar else { return expected("a text") }
        return scalar.string
    }

    package var int: Int? {
        guard let scalar = node.scalar, let value = Int(scalar.string) else { return expected("a whole number") }
        return value
    }

    package var double: Double? {
        guard let text = node.scalar?.string, let value = Double(text), value.isFinite else { return expected("a number") }
        return value
    }

    package var bool: Bool? {
        switch node.scalar?.string.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: expected("true or false")
        }
    }

    /// A share: `5%` or `0.05`.
    package var fraction: Double? {
        guard let text = node.scalar?.string else { return expected("a share such as 5%") }
        if text.hasSuffix("%"), let value = Double(text.dropLast()), value.isFinite { return value / 100 }
        guard let value = Double(text), value.isFinite else { return expected("a share such as 5%") }
        return value
    }

    /// One word out of a few.
    package func choice(_ allowed: [String]) -> String? {
        guard let text = node.scalar?.string, !text.isEmpty else { return expected("one of \(allowed.joined(separator: ", "))") }
        guard !allowed.contains(text) else { return text }
        let hint = nearest(to: text, among: allowed).map { "; did you mean '\($0)'?" } ?? ""
        report("expected one of \(allowed.joined(separator: ", ")), found '\(text)'\(hint)")
        return nil
    }

    /// Any scalar, list or mapping as JSON; plain scalars are read as YAML's core schema does.
    package var json: JSONValue {
        switch node {
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.string) }
            if let value = Int64(scalar.string) { return .integer(value) }
            if let value = Double(scalar.string), value.isFinite { return .number(value) }
            switch scalar.string {
            case "true", "True", "TRUE": return true
            case "false", "False", "FALSE": return false
            case "null", "~", "": return .null
            default: return .string(scalar.string)
            }
        case .sequence: return .array(items.map(\.json))
        case .mapping: return .object(Dictionary(members.map { ($0.key, $0.value.json) }, uniquingKeysWith: { $1 }))
        case .alias: return .null
        }
    }

    // MARK: Collections

    /// The items of a list; a single value counts as a list of one.
    package var items: [SpecificationNode] {
        guard let sequence = node.sequence else { return [self] }
        return sequence.enumerated().map { child("\($0)", $1) }
    }

    package var strings: [String]? {
        let values = items.map(\.string)
        return values.contains(nil) ? nil : values.compactMap { $0 }
    }

    /// The members of a mapping whose keys are free names, in the file's order.
    package var members: [(key: String, value: SpecificationNode)] {
        guard let mapping = node.mapping else {
            report("expected a mapping of names, found \(found)")
            return []
        }
        return mapping.compactMap { key, value in
            guard let name = key.string else {
                return SpecificationNode(node: key, path: path, sink: sink).expected("a name as key")
            }
            return (name, child(name, value))
        }
    }

    /// The members of a mapping whose keys are known; unknown and absent keys are reported.
    package func object(required: [String] = [], optional: [String] = []) -> SpecificationObject? {
        guard let mapping = node.mapping else {
            return expected("a mapping with \((required.isEmpty ? optional : required).joined(separator: ", "))")
        }
        let allowed = required + optional
        var values: [String: SpecificationNode] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            if allowed.contains(name) {
                values[name] = child(name, value)
            } else {
                let hint = nearest(to: name, among: allowed).map { "did you mean '\($0)'?" } ?? "remove it"
                SpecificationNode(node: key, path: path + [name], sink: sink)
                    .report("expected one of \(allowed.joined(separator: ", ")), found the key '\(name)'; \(hint)")
            }
        }
        for name in required where values[name] == nil {
            report("the key '\(name)' is missing; add it")
        }
        return SpecificationObject(values: values)
    }
}

/// The known members of a mapping.
package struct SpecificationObject {
    fileprivate let values: [String: SpecificationNode]

    package subscript(key: String) -> SpecificationNode? { values[key] }
}
