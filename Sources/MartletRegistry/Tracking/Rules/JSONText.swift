package import MartletCore

/// JSON as Python's `json.dumps` writes it: in ASCII.
package enum JSONText {
    /// A value with spaces behind colons and commas; members are sorted, since their order is not kept.
    package static func python(_ value: JSONValue) -> String {
        switch value {
        case .array(let elements): "[" + elements.map(python).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(python($0.value))" }.joined(separator: ", ") + "}"
        case .string(let string): quoted(string)
        case .number(let number): "\(number)"
        default: value.canonicalText
        }
    }

    /// The text in double quotes.
    package static func quoted(_ text: String) -> String {
        var written = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": written += "\\\""
            case "\\": written += "\\\\"
            case "\n": written += "\\n"
            case "\r": written += "\\r"
            case "\t": written += "\\t"
            case "\u{8}": written += "\\b"
            case "\u{c}": written += "\\f"
            case " "..."~": written.unicodeScalars.append(scalar)
            default: for unit in String(scalar).utf16 { written += escaped(unit) }
            }
        }
        return written + "\""
    }

    private static func escaped(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
