package import MartletCore

/// JSON as Python's `json.dumps` writes it: a space behind commas and colons, `NaN` and infinities as words.
package enum PythonJSON {
    /// A value in ASCII; members are sorted, since their order is not kept.
    package static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .boolean(let boolean): boolean ? "true" : "false"
        case .integer(let integer): String(integer)
        case .number(let number): text(number)
        case .string(let text): JSONText.quoted(text)
        case .array(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { JSONText.quoted($0.key) + ": " + text($0.value) }.joined(separator: ", ") + "}"
        }
    }

    /// A value in ASCII.
    /// - Parameter isSorted: whether members are sorted by their names, instead of in their order.
    package static func text(_ value: PythonValue, sorted isSorted: Bool = false) -> String {
        switch value {
        case .null: return "null"
        case .boolean(let boolean): return boolean ? "true" : "false"
        case .integer(let digits): return digits
        case .number(let number): return text(number)
        case .string(let text): return JSONText.quoted(text)
        case .array(let elements): return "[" + elements.map { text($0, sorted: isSorted) }.joined(separator: ", ") + "]"
        case .object(let members):
            let all = isSorted ? members.all.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } : members.all
            return "{" + all.map { JSONText.quoted($0.name) + ": " + text($0.value, sorted: isSorted) }.joined(separator: ", ") + "}"
        }
    }

    /// Texts by their names, in order.
    static func text(_ pairs: [KeyedText]) -> String {
        "{" + pairs.map { JSONText.quoted($0.key) + ": " + JSONText.quoted($0.value) }.joined(separator: ", ") + "}"
    }

    /// The shortest decimal that reads back equal.
    static func text(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity" }
        let magnitude = number.magnitude
        // Swift has an exponent from 2⁵⁴ on, Python from 10¹⁶ on.
        if magnitude >= 0x1p53, magnitude < 1e16 { return String(Int64(number)) + ".0" }
        return "\(number)"
    }

    /// A text in quotes with no other escapes than JSON needs, as with `ensure_ascii=False`.
    static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else { return "\"\(text)\"" }
        var written = "\""
        for scalar in text.unicodeScalars {
            if scalar.isASCII, scalar.value < 0x20 || scalar == "\"" || scalar == "\\" {
                written += JSONText.quoted(String(scalar)).dropFirst().dropLast()
            } else {
                written.unicodeScalars.append(scalar)
            }
        }
        return written + "\""
    }
}
