/// Cuts a shell script into tokens, as POSIX' "Shell Command Language" 2.3 has it, with what bash adds most often.
///
/// What is no shell script is cut somehow, and never refused.
struct ShellLexer {
    /// Quotes within substitutions within quotes.
    private static let nestingMax = 64

    private let bytes: [UInt8]
    private var position = 0
    private var tokens: [ShellToken] = []
    /// Here-documents that begin after this line: their places among the tokens, and the lines that end them.
    private var pending: [(token: Int, end: String, isIndented: Bool)] = []

    private init(_ text: String) { bytes = Array(text.utf8) }

    static func tokens(of text: String) -> [ShellToken] {
        var lexer = ShellLexer(text)
        while lexer.position < lexer.bytes.count { lexer.step() }
        return lexer.tokens
    }

    /// Whether a text is a variable's name.
    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy(isNamePart)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        return isLetter || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    private func character(_ offset: Int = 0) -> Character {
        position + offset < bytes.count ? Character(Unicode.Scalar(bytes[position + offset])) : "\0"
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func looksAt(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    }

    private mutating func step() {
        switch character() {
        case " ", "\t", "\r": position += 1
        case "\\" where character(1) == "\n": position += 2
        case "#": while position < bytes.count, character() != "\n" { position += 1 }
        case "\n":
            position += 1
            tokens.append(.control("\n"))
            readHereDocuments()
        case "<" where character(1) == "(", ">" where character(1) == "(": word()
        case "<", ">": redirection()
        case ";", "&", "|", "(", ")": control()
        default: word()
        }
    }

    private mutating func control() {
        if looksAt("&>") { return redirection() }
        let sign = ["&&", "||", ";;", "|&"].first { text(position..<min(position + 2, bytes.count)) == $0 } ?? String(character())
        position += sign.utf8.count
        tokens.append(.control(sign))
    }

    private mutating func redirection() {
        let signs = ["<<<", "<<-", "&>>", "<<", ">>", "<&", ">&", "<>", ">|", "&>"]
        let sign = signs.first { text(position..<min(position + $0.utf8.count, bytes.count)) == $0 } ?? String(character())
        position += sign.utf8.count
        guard sign == "<<" || sign == "<<-" else { return tokens.append(.redirection(sign)) }
        while character() == " " || character() == "\t" { position += 1 }
        let count = tokens.count
        word()
        guard tokens.count > count, case .word(let end) = tokens.removeLast() else { return }
        let literal = end.parts.map { if case .literal(let text, _) = $0 { text } else { "" } }.joined()
        pending.append((tokens.count, literal, sign == "<<-"))
        tokens.append(.hereDocument(""))
    }

    private mutating func readHereDocuments() {
        for (token, end, isIndented) in pending {
            var lines: [String] = []
            while position < bytes.count {
                let stop = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                let start = isIndented ? bytes[position..<stop].firstIndex { $0 != UInt8(ascii: "\t") } ?? stop : position
                let line = text(start..<stop)
                position = min(stop + 1, bytes.count)
                if line == end { break }
                lines.append(line)
            }
            tokens[token] = .hereDocument(lines.joined(separator: "\n") + "\n")
        }
        pending = []
    }
}

extension ShellLexer {
    private mutating func word() {
        let start = position
        var word = ShellWord()
        while position < bytes.count {
            switch character() {
            case " ", "\t", "\n", "\r", ";", "&", "|", ")": return finish(word, start)
            case "(" where position > start && "?*+@!".contains(character(-1)): skip(to: ")", &word)
            case "(": return finish(word, start)
            case "<", ">":
                guard position == start, character(1) == "(" else { return finish(word, start) }
                position += 1
                substitution(&word)
            default: piece(&word, isAtStart: position == start)
            }
        }
        finish(word, start)
    }

    private mutating func finish(_ word: ShellWord, _ start: Int) {
        // The number of the file that a redirection is for.
        let isNumber = bytes[start..<position].allSatisfy(Self.isDigit) && (character() == "<" || character() == ">")
        if isNumber, position > start { return }
        if position == start { position += 1 }
        tokens.append(.word(word))
    }

    private mutating func piece(_ word: inout ShellWord, isAtStart: Bool) {
        switch character() {
        case "\\":
            let end = position + 1 < bytes.count ? scalarEnd(position + 1) : bytes.count
            if character(1) != "\n" { word.append(text(min(position + 1, bytes.count)..<end), isQuoted: true) }
            position = end
        case "'":
            let end = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "'")) ?? bytes.count
            word.append(text(position + 1..<end), isQuoted: true)
            position = min(end + 1, bytes.count)
        case "\"": quoted(&word)
        case "$": dollar(&word, isQuoted: false)
        case "`": backquoted(&word)
        case "~" where isAtStart:
            position += 1
            word.parts.append(.computed)
        default:
            let end = scalarEnd(position)
            word.append(text(position..<end), isQuoted: false)
            position = end
        }
    }

    /// Behind the character that begins at a place.
    private func scalarEnd(_ start: Int) -> Int {
        var end = start + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    private mutating func quoted(_ word: inout ShellWord) {
        position += 1
        word.append("", isQuoted: true)
        while position < bytes.count {
            switch character() {
            case "\"":
                position += 1
                return
            case "\\" where "$`\"\\\n".contains(character(1)):
                if character(1) != "\n" { word.append(String(character(1)), isQuoted: true) }
                position = min(position + 2, bytes.count)
            case "$": dollar(&word, isQuoted: true)
            case "`": backquoted(&word)
            default:
                let end = scalarEnd(position)
                word.append(text(position..<end), isQuoted: true)
                position = end
            }
        }
    }

    private mutating func dollar(_ word: inout ShellWord, isQuoted: Bool) {
        position += 1
        switch character() {
        case "(" where character(1) == "(": skip(to: ")", &word)
        case "(": substitution(&word)
        case "{": braces(&word, isQuoted: isQuoted)
        case "'" where !isQuoted:
            let end = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "'")) ?? bytes.count
            let isPlain = !bytes[position + 1..<end].contains(UInt8(ascii: "\\"))
            word.parts.append(isPlain ? .literal(text(position + 1..<end), isQuoted: true) : .computed)
            position = min(end + 1, bytes.count)
        case "\"" where !isQuoted: quoted(&word)
        case let sign where "@*#?$!-0123456789".contains(sign):
            position += 1
            word.parts.append(.computed)
        default:
            let name = variableName()
            guard !name.isEmpty else { return word.append("$", isQuoted: true) }
            word.parts.append(.variable(name, otherwise: nil, isQuoted: isQuoted))
        }
    }

    private mutating func variableName() -> String {
        let start = position
        while position < bytes.count, Self.isNamePart(bytes[position]) { position += 1 }
        return text(start..<position)
    }

    /// `${NAME}`, `${NAME:-default}`; others are computed.
    private mutating func braces(_ word: inout ShellWord, isQuoted: Bool) {
        let start = position
        position += 1
        let name = variableName()
        let operation = position
        position = start
        position = balancedEnd("{", "}", depth: 0)
        let rest = text(operation..<max(operation, min(position, bytes.count) - 1))
        guard Self.isName(name) else { return word.parts.append(.computed) }
        let plain = ["", ":-", "-", ":="].filter { rest.hasPrefix($0) }.max { $0.count < $1.count } ?? ""
        let otherwise = String(rest.dropFirst(plain.count))
        guard rest.isEmpty || (!plain.isEmpty && !otherwise.contains { "$`\"'\\".contains($0) }) else {
            return word.parts.append(.computed)
        }
        word.parts.append(.variable(name, otherwise: rest.isEmpty ? nil : otherwise, isQuoted: isQuoted))
    }

    /// `(…)` behind a `$`, `<` or `>`.
    private mutating func substitution(_ word: inout ShellWord) {
        let start = position
        skip(to: ")", &word)
        word.scripts.append(text(start + 1..<max(start + 1, position - 1)))
    }

    private mutating func backquoted(_ word: inout ShellWord) {
        position += 1
        var script: [UInt8] = []
        while position < bytes.count, character() != "`" {
            if character() == "\\", "$`\\".contains(character(1)) { position += 1 }
            if position < bytes.count { script.append(bytes[position]) }
            position += 1
        }
        position = min(position + 1, bytes.count)
        word.scripts.append(String(decoding: script, as: UTF8.self))
        word.parts.append(.computed)
    }

    /// Over balanced brackets, whose value only a run could tell.
    private mutating func skip(to close: Character, _ word: inout ShellWord) {
        position = balancedEnd("(", close, depth: 0)
        word.parts.append(.computed)
    }

    /// Behind the bracket that closes the one at the position.
    private func balancedEnd(_ open: Character, _ close: Character, depth: Int) -> Int {
        var lexer = self
        var level = 0
        while lexer.position < bytes.count {
            switch lexer.character() {
            case "\\": lexer.position += 1
            case "'":
                lexer.position = bytes[(lexer.position + 1)...].firstIndex(of: UInt8(ascii: "'")) ?? bytes.count
            case "\"": lexer.position = lexer.quoteEnd(depth: depth + 1)
            case open: level += 1
            case close:
                level -= 1
                if level == 0 { return min(lexer.position + 1, bytes.count) }
            default: break
            }
            lexer.position += 1
        }
        return bytes.count
    }

    /// At the quote that closes the one at the position.
    private func quoteEnd(depth: Int) -> Int {
        guard depth < Self.nestingMax else { return bytes.count }
        var lexer = self
        lexer.position += 1
        while lexer.position < bytes.count {
            switch lexer.character() {
            case "\"": return lexer.position
            case "\\": lexer.position += 1
            case "$" where lexer.character(1) == "(":
                lexer.position += 1
                lexer.position = lexer.balancedEnd("(", ")", depth: depth + 1) - 1
            default: break
            }
            lexer.position += 1
        }
        return bytes.count
    }
}
