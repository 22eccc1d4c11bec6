/// A word as a shell reads it, before its variables are put in.
struct ShellWord: Equatable {
    /// A piece of a word.
    enum Part: Equatable {
        /// Characters as they are; those within quotes are no patterns.
        case literal(String, isQuoted: Bool)
        /// `$NAME`, `${NAME}` or `${NAME:-default}`.
        case variable(String, otherwise: String?, isQuoted: Bool)
        /// What only a run could tell: `$1`, `$(…)`, `~`.
        case computed
    }

    var parts: [Part] = []
    /// The scripts within `$(…)`, backquotes and `<(…)`.
    var scripts: [String] = []

    /// The word where it is written without quotes or variables, as reserved words must be.
    var bare: String? {
        var text = ""
        for part in parts {
            guard case .literal(let piece, isQuoted: false) = part else { return nil }
            text += piece
        }
        return text
    }

    mutating func append(_ text: String, isQuoted: Bool) {
        if case .literal(let earlier, isQuoted)? = parts.last {
            parts[parts.count - 1] = .literal(earlier + text, isQuoted: isQuoted)
        } else {
            parts.append(.literal(text, isQuoted: isQuoted))
        }
    }

    /// `NAME=value` or bash's `NAME+=value`, cut in two; `nil` for other words.
    var assignment: (name: String, value: ShellWord)? {
        guard case .literal(let text, isQuoted: false)? = parts.first, let sign = text.firstIndex(of: "=") else { return nil }
        let isLonger = text[..<sign].hasSuffix("+")
        let name = String(text[..<sign].dropLast(isLonger ? 1 : 0))
        guard ShellLexer.isName(name) else { return nil }
        var value = self
        value.parts[0] = .literal(String(text[text.index(after: sign)...]), isQuoted: false)
        if isLonger { value.parts.insert(.variable(name, otherwise: "", isQuoted: true), at: 0) }
        return (name, value)
    }
}

/// A word or a sign of a shell script.
enum ShellToken: Equatable {
    case word(ShellWord)
    /// `;`, `&&`, `|`, `(`, a newline and the like.
    case control(String)
    /// `<`, `>>` and the like; the word that follows is the file.
    case redirection(String)
    /// The lines that a command reads instead of a file.
    case hereDocument(String)
}
