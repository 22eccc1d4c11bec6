import Yams

/// What a file of YAML that other programs wrote tells: scalars by their names, and mappings of them. Only what is asked for is read.
package struct YAMLMapping {
    /// Of the file, for messages.
    package let path: String
    /// How deep values are read; what lies deeper is null.
    private static let depthMax = 64
    private let root: Node.Mapping

    /// - Throws: `invalidInput` with the line and column, where it is no mapping of YAML.
    package init(path: String, text: String) throws {
        self.path = path
        do {
            guard case .mapping(let mapping)? = try Yams.compose(yaml: text) else {
                throw MartletError(.invalidInput, "'\(path)', line 1: expected a mapping of YAML, found none; restore the file")
            }
            root = mapping
        } catch let error as YamlError {
            throw MartletError(.invalidInput, "'\(path)'\(Self.place(of: error)): expected YAML; restore the file", cause: error)
        }
    }

    private init(path: String, root: Node.Mapping) { (self.path, self.root) = (path, root) }

    /// A text; `nil` where there is none, or null.
    package func text(_ key: String) throws -> String? {
        guard let node = root[Node(key)] else { return nil }
        guard case .scalar(let scalar) = node else { throw fault(key, "a text", node) }
        let isNull = (scalar.style == .plain || scalar.style == .any) && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
        return isNull ? nil : scalar.string
    }

    /// A text that must be there.
    package func required(_ key: String) throws -> String {
        guard let text = try text(key) else {
            throw MartletError(.invalidInput, "'\(path)': expected '\(key)', found none; restore the file")
        }
        return text
    }

    /// An integer; `nil` where there is none, or null.
    package func integer(_ key: String) throws -> Int64? {
        guard let text = try text(key) else { return nil }
        // Python reads what its own YAML wrote as a float, too.
        if let integer = Int64(text) ?? Double(text).flatMap({ Int64(exactly: $0.rounded()) }) { return integer }
        throw fault(key, "an integer", root[Node(key)])
    }

    /// Whether something is so; `nil` where there is none, or null.
    package func flag(_ key: String) throws -> Bool? { try text(key).map { ["true", "True", "yes", "1"].contains($0) } }

    /// A mapping within; `nil` where there is none.
    package func mapping(_ key: String) -> YAMLMapping? {
        guard case .mapping(let mapping)? = root[Node(key)] else { return nil }
        return YAMLMapping(path: path, root: mapping)
    }

    /// The texts of a mapping within, in its order.
    package func texts(_ key: String) throws -> [(key: String, value: String)] {
        guard let inner = mapping(key) else { return [] }
        return try inner.root.compactMap { name, _ in
            guard case .scalar(let scalar) = name else { return nil }
            return (scalar.string, try inner.text(scalar.string) ?? "")
        }
    }

    /// What a value is as JSON. - Parameter depth: how many more levels are read.
    package func json(_ key: String) -> JSONValue? { root[Node(key)].map { Self.json($0, depth: Self.depthMax) } }

    private static func json(_ node: Node, depth: Int) -> JSONValue {
        guard depth > 0 else { return nil }
        switch node {
        case .sequence(let sequence): return .array(sequence.map { json($0, depth: depth - 1) })
        case .mapping(let mapping):
            return .object(
                Dictionary(mapping.map { ($0.string ?? "", json($1, depth: depth - 1)) }, uniquingKeysWith: { _, last in last }))
        case .scalar(let scalar):
            guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
            if node.null != nil { return .null }
            if let boolean = node.bool { return .boolean(boolean) }
            if let integer = Int64(scalar.string) { return .integer(integer) }
            return node.float.map(JSONValue.number) ?? .string(scalar.string)
        default: return .null
        }
    }

    private func fault(_ key: String, _ expected: String, _ node: Node?) -> MartletError {
        let line = node?.mark.map { ", line \($0.line)" } ?? ""
        let found = if case .scalar(let scalar)? = node { "'\(scalar.string.prefix(80))'" } else { "another kind of value" }
        return MartletError(.invalidInput, "'\(path)'\(line): expected \(expected) for '\(key)', found \(found); restore the file")
    }

    private static func place(of error: YamlError) -> String {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            ", line \(mark.line), column \(mark.column)"
        case .reader(_, let offset, _, _): offset.map { ", byte \($0)" } ?? ""
        default: ""
        }
    }
}
