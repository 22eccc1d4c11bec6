/// A format of Java's `DateTimeFormatter`, as the standard writes it, turned into `strptime` directives.
struct DateFormat {
    /// The `strptime` directives.
    let directives: String

    /// The letters that are understood, longest first.
    static let symbols: [(letters: String, directive: String)] = [
        ("SSSSSS", "%f"), ("yyyy", "%Y"), ("MMMM", "%B"), ("XXX", "%z"), ("MMM", "%b"), ("SSS", "%g"), ("xxx", "%z"),
        ("uuuu", "%Y"), ("yy", "%y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("hh", "%I"), ("mm", "%M"),
        ("ss", "%S"), ("M", "%-m"), ("d", "%-d"), ("H", "%-H"), ("a", "%p"), ("Z", "%z"), ("X", "%z"), ("T", "T"),
    ]

    /// Reads a format; the other half of the result is the letter that is not understood.
    static func parse(_ format: String) -> Result<DateFormat, UnknownLetter> {
        var rest = format[...]
        var directives = ""
        while let first = rest.first {
            if first == "'" {
                directives += takeQuoted(&rest)
            } else if let symbol = symbols.first(where: { rest.hasPrefix($0.letters) }) {
                directives += symbol.directive
                rest.removeFirst(symbol.letters.count)
                // A run that is longer than the symbol means something else, for example five times 'y'.
                if symbol.letters != "T", rest.first == symbol.letters.first {
                    return .failure(UnknownLetter(letter: first))
                }
            } else if first.isLetter {
                return .failure(UnknownLetter(letter: first))
            } else {
                directives += first == "%" ? "%%" : String(first)
                rest.removeFirst()
            }
        }
        return .success(DateFormat(directives: directives))
    }

    /// A part of a format that has no meaning here.
    struct UnknownLetter: Error {
        let letter: Character
    }

    private static func takeQuoted(_ rest: inout Substring) -> String {
        rest.removeFirst()
        let text = rest.prefix { $0 != "'" }
        rest = rest.dropFirst(text.count).dropFirst()
        return text.isEmpty ? "'" : String(text.replacing("%", with: "%%"))
    }
}
