package import MartletCore

/// How Python writes values in messages, since MLflow's messages hold them.
package enum PythonText {
    /// A text in quotes with escapes, as `repr` writes it.
    package static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
        var written = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars { append(scalar, to: &written, quote: quote) }
        written.append(quote)
        return String(written)
    }

    private static func append(_ scalar: Unicode.Scalar, to written: inout String.UnicodeScalarView, quote: Unicode.Scalar) {
        switch scalar {
        case quote, "\\":
            written.append("\\")
            written.append(scalar)
        case "\n": written.append(contentsOf: "\\n".unicodeScalars)
        case "\r": written.append(contentsOf: "\\r".unicodeScalars)
        case "\t": written.append(contentsOf: "\\t".unicodeScalars)
        default:
            if isPrintable(scalar) {
                written.append(scalar)
            } else {
                let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                written.append(contentsOf: "\\\(letter)\(hexadecimal(scalar.value, width: width))".unicodeScalars)
            }
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7e).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
        default: return true
        }
    }

    private static func hexadecimal(_ value: UInt32, width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Bytes as `repr` writes them: `b'…'`.
    package static func bytes(_ bytes: [UInt8]) -> String {
        let quote = bytes.contains(UInt8(ascii: "'")) && !bytes.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        let written = bytes.map { byte -> String in
            switch byte {
            case UInt8(ascii: "\n"): "\\n"
            case UInt8(ascii: "\r"): "\\r"
            case UInt8(ascii: "\t"): "\\t"
            case UInt8(ascii: "\\"): "\\\\"
            case 0x20...0x7e: String(UnicodeScalar(byte)) == quote ? "\\" + quote : String(UnicodeScalar(byte))
            default: "\\x" + hexadecimal(UInt32(byte), width: 2)
            }
        }
        return "b" + quote + written.joined() + quote
    }

    /// A list of texts: `['a', 'b']`.
    package static func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }

    /// A tuple of two texts or more: `('a', 'b')`.
    static func tuple(_ texts: [String]) -> String { "(" + texts.map(quoted).joined(separator: ", ") + ")" }

    /// A set of texts, sorted; MLflow writes its sets in an order that differs from process to process.
    static func set(_ texts: Set<String>) -> String { "{" + texts.sorted().map(quoted).joined(separator: ", ") + "}" }

    /// A value of JSON as Python writes what it reads of it; members are sorted, since their order is not kept.
    package static func value(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .boolean(let boolean): boolean ? "True" : "False"
        case .integer(let integer): String(integer)
        case .number(let number): "\(number)"
        case .string(let text): quoted(text)
        case .array(let elements): "[" + elements.map(Self.value).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { quoted($0.key) + ": " + Self.value($0.value) }.joined(separator: ", ") + "}"
        }
    }

    /// A value of JSON as Python writes what it reads of it.
    package static func value(_ value: PythonValue) -> String {
        switch value {
        case .null: "None"
        case .boolean(let boolean): boolean ? "True" : "False"
        case .integer(let digits): digits
        case .number(let number): number.isFinite ? PythonJSON.text(number) : number.isNaN ? "nan" : number < 0 ? "-inf" : "inf"
        case .string(let text): quoted(text)
        case .array(let elements): "[" + elements.map(Self.value).joined(separator: ", ") + "]"
        case .object(let members): "{" + members.all.map { quoted($0.name) + ": " + Self.value($0.value) }.joined(separator: ", ") + "}"
        }
    }

    /// What `int` makes of a text: digits of any script, a sign, space around and single underscores between digits.
    package static func integer(_ text: String) -> Int64? {
        let scalars = Array(text.unicodeScalars)
        let isSpace = { (scalar: Unicode.Scalar) in scalar.isSpace }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }), let last = scalars.lastIndex(where: { !isSpace($0) }) else {
            return nil
        }
        var digits = ""
        var wasDigit = false
        for (index, scalar) in scalars[first...last].enumerated() {
            if index == 0, scalar == "-" || scalar == "+" {
                digits.unicodeScalars.append(scalar)
            } else if scalar == "_", wasDigit {
                wasDigit = false
            } else if let digit = decimal(scalar) {
                digits += String(digit)
                wasDigit = true
            } else {
                return nil
            }
        }
        return wasDigit ? Int64(digits) : nil
    }

    /// The value of a number of a filter; infinite where it is beyond doubles.
    static func number(_ text: String) -> Double? {
        var plain = ""
        for scalar in text.unicodeScalars {
            if let digit = decimal(scalar) { plain += String(digit) } else { plain.unicodeScalars.append(scalar) }
        }
        return Double(plain)
    }

    private static func decimal(_ scalar: Unicode.Scalar) -> Int? {
        guard scalar.isDigit else { return nil }
        return scalar.properties.numericValue.flatMap { Int(exactly: $0) }
    }
}
