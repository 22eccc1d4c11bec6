/// Cuts a text into sqlparse's tokens: the first rule that matches at a place makes the token, not the longest.
///
/// The rules are tried in sqlparse 0.6's order, so a reader can lay its list of regular expressions beside these functions.
struct SQLLexer {
    let text: SQLText
    private let spans: DelimitedSpans

    /// All tokens of a text; together they cover it. - Throws: where there are more than sqlparse groups.
    /// - Complexity: O(length · log length).
    static func tokens(of text: SQLText) throws(TokenGrouping.LimitReached) -> [SQLToken] {
        let lexer = SQLLexer(text: text, spans: DelimitedSpans(in: text))
        var tokens: [SQLToken] = []
        var commentCount = 0
        var place = 0
        while place < text.count {
            let (kind, end) = lexer.token(at: place) ?? (.unknown, place + 1)
            let token = SQLToken(kind: kind, range: place..<end)
            if token.isComment || kind == .newline { commentCount += 1 }
            tokens.append(token)
            guard tokens.count - commentCount <= TokenGrouping.tokenCountMax else { throw .tooManyTokens }
            place = end
        }
        return tokens
    }

    typealias Match = (kind: SQLToken.Kind, end: Int)

    private func token(at place: Int) -> Match? {
        if let match = spans.span(at: place) { return match }
        if let match = comment(at: place) { return match }
        if let match = space(at: place) { return match }
        if let match = mark(at: place) { return match }
        if let match = placeholder(at: place) { return match }
        if let match = name(at: place) { return match }
        if let match = number(at: place) { return match }
        if let match = quoted(at: place) { return match }
        if let match = phrase(at: place) { return match }
        return word(at: place) ?? operation(at: place)
    }

    // MARK: Space and comments

    private func comment(at place: Int) -> Match? {
        guard text.holds("--", at: place) || text.holds("# ", at: place) else { return nil }
        let kind: SQLToken.Kind = text[place + 2] == "+" ? .singleHint : .singleComment
        let end = text.end(of: { $0 != "\r" && $0 != "\n" }, from: place + 2)
        return (kind, newline(at: end)?.end ?? end)
    }

    private func newline(at place: Int) -> Match? {
        if text.holds("\r\n", at: place) { return (.newline, place + 2) }
        return text[place] == "\r" || text[place] == "\n" ? (.newline, place + 1) : nil
    }

    private func space(at place: Int) -> Match? {
        if let newline = newline(at: place) { return newline }
        return text[place].map(\.isSpace) == true ? (.whitespace, place + 1) : nil
    }

    // MARK: Marks and placeholders

    private func mark(at place: Int) -> Match? {
        if text.holds(":=", at: place) { return (.assign, place + 2) }
        if text.holds("::", at: place) { return (.punctuation, place + 2) }
        switch text[place] {
        case "*": return (.wildcard, place + 1)
        case "`": return closing("`", from: place, escapes: false).map { (.name, $0) }
        case "´": return closing("´", from: place, escapes: false).map { (.name, $0) }
        case "?": return (.placeholder, place + 1)
        default: return nil
        }
    }

    private func placeholder(at place: Int) -> Match? {
        switch text[place] {
        case "%": return formatPlaceholder(at: place).map { (.placeholder, $0) }
        case "$", ":":
            let end = text.end(of: \.isWord, from: place + 1)
            return end > place + 1 && text[place - 1].map(\.isWord) != true ? (.placeholder, end) : nil
        case "\\":
            let end = text.end(of: \.isWord, from: place + 1)
            return end > place + 1 ? (.command, end) : nil
        default: return nil
        }
    }

    /// `%s` or `%(name)s`.
    private func formatPlaceholder(at place: Int) -> Int? {
        var end = place + 1
        if text[end] == "(" {
            let name = text.end(of: \.isWord, from: end + 1)
            guard name > end + 1, text[name] == ")" else { return nil }
            end = name + 1
        }
        return text[end] == "s" || text[end] == "S" ? end + 1 : nil
    }

    // MARK: Names and words

    private static let plainKeywords: Set<String> = ["CASE", "IN", "VALUES", "USING", "FROM", "AS"]

    private func name(at place: Int) -> Match? {
        if let first = text[place], first == "@" || first == "#" { return sigil(at: place) }
        guard text[place].map(\.isNameStart) == true else { return nil }
        let end = text.end(of: \.isWord, from: place)
        if end - place <= 6, Self.plainKeywords.contains(text[place..<end].uppercased()) { return (.keyword, end) }
        let next = text.end(of: \.isSpace, from: end)
        if text[next] == ".", text[next + 1].map(\.isDigit) != true { return (.name, end) }
        return text[place - 1] == "." || text[end] == "(" ? (.name, end) : nil
    }

    /// `@name`, `#name` or `##name` with two characters or more.
    private func sigil(at place: Int) -> Match? {
        let start = text.holds("##", at: place) ? place + 2 : place + 1
        guard text[start].map(\.isNameStart) == true else { return nil }
        let end = text.end(of: \.isWord, from: start)
        return end > start + 1 ? (.name, end) : nil
    }

    private func word(at place: Int) -> Match? {
        guard text[place].map(\.isWord) == true else { return nil }
        let end = text.end(of: { $0.isWord || $0 == "$" || $0 == "#" }, from: place)
        return (SQLKeywords.kind(of: text[place..<end]), end)
    }

    // MARK: Quotes

    private func quoted(at place: Int) -> Match? {
        switch text[place] {
        case "'": return closing("'", from: place, escapes: true).map { (.singleQuoted, $0) }
        case "\"": return closing("\"", from: place, escapes: true).map { (.doubleQuoted, $0) }
        case "[":
            if let previous = text[place - 1], previous.isWord || previous == "]" || previous == ")" { return nil }
            let end = text.end(of: { $0 != "[" && $0 != "]" }, from: place + 1)
            return end > place + 1 && text[end] == "]" ? (.name, end + 1) : nil
        default: return nil
        }
    }

    /// The end of a text in quotes, in which two quotes are one, as is an escaped one; where nothing closes it, the last of those
    /// closes it after all, as a regular expression would step back. `nil` where there is none either.
    private func closing(_ quote: Unicode.Scalar, from start: Int, escapes: Bool) -> Int? {
        var place = start + 1
        var fallback: Int?
        while let scalar = text[place] {
            if scalar == quote {
                guard text[place + 1] == quote else { return place + 1 }
                fallback = place + 1
                place += 2
            } else if escapes, scalar == "\\", text[place + 1] == quote {
                fallback = place + 2
                place += 2
            } else {
                place += 1
            }
        }
        return fallback
    }

    // MARK: Operators

    private func operation(at place: Int) -> Match? {
        switch text[place] {
        case ";", ":", "(", ")", "[", "]", ",", ".": return (.punctuation, place + 1)
        case "-": return (.symbol, text.holds("->>", at: place) ? place + 3 : text[place + 1] == ">" ? place + 2 : place + 1)
        case "#" where text.holds("#>>", at: place): return (.symbol, place + 3)
        case "#" where text[place + 1] == ">" || text[place + 1] == "-": return (.symbol, place + 2)
        case "@" where text[place + 1] == ">": return (.symbol, place + 2)
        case "<" where text[place + 1] == "@": return (.symbol, place + 2)
        case "<", ">", "=", "~", "!": return (.comparator, text.end(of: Self.isComparator, from: place))
        default:
            let end = text.end(of: Self.isSymbol, from: place)
            return end > place ? (.symbol, end) : nil
        }
    }

    private static func isComparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "<", ">", "=", "~", "!": true
        default: false
        }
    }

    private static func isSymbol(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "+", "/", "@", "#", "%", "^", "&", "|", "-": true
        default: false
        }
    }
}
