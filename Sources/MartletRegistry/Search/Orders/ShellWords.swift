/// Words as a POSIX shell splits them, after Python's `shlex.split`.
enum ShellWords {
    private enum State: Equatable {
        case space, word
        case quote(Unicode.Scalar)
        /// Behind a backslash, within a quote or none.
        case escape(Unicode.Scalar?)
    }

    /// The words; `nil` where a quote is not closed or nothing follows a backslash. - Complexity: O(length).
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        var state = State.space
        for scalar in text.unicodeScalars {
            switch state {
            case .quote(let quote):
                if scalar == quote {
                    state = .word
                } else if scalar == "\\", quote == "\"" {
                    state = .escape(quote)
                } else {
                    word.append(scalar)
                }
            case .escape(let quote):
                if let quote, scalar != "\\", scalar != quote { word.append("\\") }
                word.append(scalar)
                state = quote.map { .quote($0) } ?? .word
            case .space, .word:
                if [" ", "\t", "\r", "\n"].contains(scalar) {
                    if state == .word {
                        words.append(String(word))
                        word = String.UnicodeScalarView()
                    }
                    state = .space
                } else if scalar == "\\" {
                    state = .escape(nil)
                } else if scalar == "'" || scalar == "\"" {
                    state = .quote(scalar)
                } else {
                    word.append(scalar)
                    state = .word
                }
            }
        }
        switch state {
        case .word: return words + [String(word)]
        case .space: return words
        default: return nil
        }
    }
}
