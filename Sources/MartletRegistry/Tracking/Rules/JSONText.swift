/// Texts as Python's `json.dumps` writes them: in ASCII.
package enum JSONText {
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
