/// What names of metrics, parameters and tags may be, and how MLflow refuses others.
enum KeyRule {
    /// The longest key, in code points.
    static let lengthMax = 250

    /// - Parameter path: what the key is called in messages.
    static func check(_ key: String, path: @autoclosure () -> String) throws(TrackingFault) {
        if isPlain(key) { return }
        guard hasOnlyGoodCharacters(key) else {
            throw TrackingFault(
                .invalidParameterValue,
                "Invalid value \(JSONText.quoted(key)) for parameter '\(path())' supplied: Names may only contain alphanumerics, "
                    + "underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).")
        }
        try checkAsPath(key, path: path())
    }

    /// Refuses a name that is another one, or leads elsewhere, when it is taken as a path.
    static func checkAsPath(_ key: String, path: @autoclosure () -> String) throws(TrackingFault) {
        let normal = normalPath(key)
        guard normal != key || normal == "." || normal.hasPrefix("..") || normal.hasPrefix("/") else { return }
        throw TrackingFault(
            .invalidParameterValue,
            "Invalid value \(JSONText.quoted(key)) for parameter '\(path())' supplied: Names may be treated as files in certain cases, "
                + "and must not resolve to other names when treated as such. This name would resolve to \(PythonText.quoted(normal))")
    }

    /// Most keys: of letters, digits and underscores of ASCII, which are good without a closer look.
    private static func isPlain(_ key: String) -> Bool {
        !key.isEmpty
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// - Parameter what: what is too long, as MLflow says it.
    static func checkLength(_ text: String, _ what: @autoclosure () -> String, max: Int = lengthMax) throws(TrackingFault) {
        guard isLonger(text, than: max) else { return }
        throw TrackingFault(.invalidParameterValue, "'\(what())' exceeds the maximum length of \(max) characters")
    }

    /// A text has at least as many bytes as code points, so that few are counted.
    static func isLonger(_ text: String, than max: Int) -> Bool { text.utf8.count > max && text.unicodeScalars.count > max }

    /// `^[/\w.\- :]*$` of Python, where `\w` is of Unicode and `$` stands before a last newline too.
    private static func hasOnlyGoodCharacters(_ key: String) -> Bool {
        var key = key.unicodeScalars[...]
        if key.last == "\n" { key = key.dropLast() }
        return key.allSatisfy { isWordCharacter($0) || "/.- :".unicodeScalars.contains($0) }
    }

    /// `\w` of Python.
    static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": true
            default: false
            }
        }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }

    /// Python's `posixpath.normpath`.
    static func normalPath(_ path: String) -> String {
        guard !path.isEmpty else { return "." }
        // By bytes: to `==` of texts, letters are equal that have other code points.
        let root = path.hasPrefix("//") && !path.hasPrefix("///") ? "//" : path.hasPrefix("/") ? "/" : ""
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." || (root.isEmpty && parts.isEmpty) || parts.last == ".." {
                parts.append(part)
            } else if !parts.isEmpty {
                parts.removeLast()
            }
        }
        let normal = root + parts.joined(separator: "/")
        return normal.isEmpty ? "." : normal
    }
}
