extension DuckDBConnection {
    /// A name as SQL writes it, whatever characters it has.
    package static func quoted(identifier: String) -> String { quote(identifier, with: "\"") }

    /// A text as SQL writes it, whatever characters it has. Prefer parameters; paths and options take only literals.
    package static func quoted(literal: String) -> String { quote(literal, with: "'") }

    /// Inside quotes only the quote itself is special, and is doubled. A byte 0 stays, and every statement refuses it.
    private static func quote(_ text: String, with mark: Unicode.Scalar) -> String {
        var quoted = String.UnicodeScalarView([mark])
        for scalar in text.unicodeScalars {
            if scalar == mark { quoted.append(mark) }
            quoted.append(scalar)
        }
        quoted.append(mark)
        return String(quoted)
    }
}
