/// A tree that is written as YAML, its keys in the order in which they were given.
enum YAMLText {
    case text(String)
    case integer(Int64)
    case list([YAMLText])
    case mapping([(String, YAMLText)])

    /// The lines of a document.
    var lines: [String] { nested(0) }

    private func nested(_ depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        switch self {
        case .text, .integer: return [indent + inline]
        case .list(let elements): return elements.isEmpty ? [indent + inline] : elements.flatMap { Self.item($0, depth) }
        case .mapping(let members): return members.isEmpty ? [indent + inline] : members.flatMap { Self.member($0, $1, depth) }
        }
    }

    /// What stands behind a key or a dash.
    private var inline: String {
        switch self {
        case .text(let text): Self.scalar(text)
        case .integer(let value): String(value)
        case .list: "[]"
        case .mapping: "{}"
        }
    }

    private var isInline: Bool {
        switch self {
        case .text, .integer: true
        case .list(let elements): elements.isEmpty
        case .mapping(let members): members.isEmpty
        }
    }

    private static func member(_ key: String, _ value: YAMLText, _ depth: Int) -> [String] {
        let name = String(repeating: "  ", count: depth) + scalar(key) + ":"
        return value.isInline ? ["\(name) \(value.inline)"] : [name] + value.nested(depth + 1)
    }

    /// A dash takes the place of the last two spaces before what it leads.
    private static func item(_ value: YAMLText, _ depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        guard !value.isInline else { return ["\(indent)- \(value.inline)"] }
        let lines = value.nested(depth + 1)
        return ["\(indent)- \(lines[0].dropFirst(indent.count + 2))"] + lines.dropFirst()
    }

    /// Without quotes only what no reader of YAML could take for anything but this text.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && ($0.isLetter || $0 == "/") } == true
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/": true
                default: false
                }
            }
        return isPlain && !words.contains(text.lowercased()) ? text : QuotedText.of(text)
    }

    /// Words that some reader takes for another thing than a text.
    private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
}
