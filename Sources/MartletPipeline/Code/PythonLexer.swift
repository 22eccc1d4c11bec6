/// A word, sign or text of Python, by its place in the source.
struct PythonToken: Equatable {
    enum Kind {
        /// A keyword or an identifier.
        case name
        /// A literal whose value is the bytes of the range as they are.
        case plainText
        /// Any other text or bytes literal: one with escapes or fields.
        case text
        case number
        /// One byte of an operator.
        case sign
        /// The end of a logical line: none stands within brackets.
        case newline
    }

    let kind: Kind
    let range: Range<Int>
    let line: Int
}

/// Cuts Python into tokens, as the language reference's chapter 2 has it, f-strings nested as since Python 3.12.
///
/// What is no Python is cut somehow, and never refused: the interpreter tells people better.
struct PythonLexer {
    /// f-strings within fields of f-strings; what lies deeper is taken for text.
    private static let fieldDepthMax = 64

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var bracketDepth = 0
    private var fieldDepth = 0
    private var tokens: [PythonToken] = []

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// All tokens; a newline is the last.
    static func tokens(of bytes: [UInt8]) -> [PythonToken] {
        var lexer = PythonLexer(bytes)
        while lexer.position < bytes.count { lexer.step() }
        lexer.add(.newline, from: bytes.count)
        return lexer.tokens
    }

    private func byte(_ offset: Int = 0) -> UInt8 { position + offset < bytes.count ? bytes[position + offset] : 0 }

    private mutating func add(_ kind: PythonToken.Kind, from start: Int) {
        tokens.append(PythonToken(kind: kind, range: start..<position, line: line))
    }

    private mutating func step() {
        switch byte() {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): endOfLine()
        case UInt8(ascii: "#"): comment()
        case UInt8(ascii: "\\"):
            position += 1
            if isNewline(byte()) { skipNewline() }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): text(from: position, isFormatted: false)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
        case let first where Self.isNamePart(first): name()
        case 0...UInt8(ascii: " "): position += 1
        default: sign()
        }
    }

    private mutating func endOfLine() {
        let start = position
        if bracketDepth == 0 { tokens.append(PythonToken(kind: .newline, range: start..<start, line: line)) }
        skipNewline()
    }

    private func isNewline(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    private mutating func skipNewline() {
        position += byte() == UInt8(ascii: "\r") && byte(1) == UInt8(ascii: "\n") ? 2 : 1
        line += 1
    }

    private mutating func comment() {
        while position < bytes.count, !isNewline(byte()) { position += 1 }
    }

    private mutating func number() {
        let start = position
        while Self.isNamePart(byte()) { position += 1 }
        add(.number, from: start)
    }

    private mutating func sign() {
        switch byte() {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): bracketDepth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): bracketDepth = max(0, bracketDepth - 1)
        default: break
        }
        position += 1
        add(.sign, from: position - 1)
    }

    /// An identifier, a keyword or the prefix of a text.
    private mutating func name() {
        let start = position
        while Self.isNamePart(byte()) { position += 1 }
        let isQuote = byte() == UInt8(ascii: "\"") || byte() == UInt8(ascii: "'")
        if isQuote, let isFormatted = Self.prefix(bytes[start..<position]) {
            text(from: start, isFormatted: isFormatted)
        } else {
            add(.name, from: start)
        }
    }

    /// Whether letters before a quote make it a text with fields; `nil` where they are no prefix of texts.
    private static func prefix(_ letters: ArraySlice<UInt8>) -> Bool? {
        guard letters.count <= 2 else { return nil }
        let lower = letters.map { $0 | 0x20 }
        guard lower.allSatisfy({ "rbuft".utf8.contains($0) }) else { return nil }
        return lower.contains(UInt8(ascii: "f")) || lower.contains(UInt8(ascii: "t"))
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xFF: true
        default: false
        }
    }
}

extension PythonLexer {
    /// A text literal; its token comes after those of its fields.
    private mutating func text(from start: Int, isFormatted: Bool) {
        let quote = byte()
        let isTriple = byte(1) == quote && byte(2) == quote
        position += isTriple ? 3 : 1
        let (first, firstLine) = (position, line)
        let isPlain = content(quote, isTriple: isTriple, isFormatted: isFormatted)
        tokens.append(PythonToken(kind: isPlain ? .plainText : .text, range: first..<position, line: firstLine))
        if byte() == quote { position += isTriple ? 3 : 1 }
    }

    /// Goes to the closing quote, the end of the line where the text has no other, or the end of all.
    /// - Returns: whether the bytes passed are the text's value.
    private mutating func content(_ quote: UInt8, isTriple: Bool, isFormatted: Bool) -> Bool {
        var isPlain = true
        while position < bytes.count {
            switch byte() {
            case quote where !isTriple || (byte(1) == quote && byte(2) == quote): return isPlain
            case UInt8(ascii: "\\"):
                isPlain = false
                escape(isFormatted: isFormatted)
            case let end where isNewline(end):
                guard isTriple else { return false }
                skipNewline()
            case UInt8(ascii: "{") where isFormatted:
                isPlain = false
                field(quote, isTriple: isTriple)
            default: position += 1
            }
        }
        return false
    }

    private mutating func escape(isFormatted: Bool) {
        position += 1
        if isNewline(byte()) {
            skipNewline()
        } else if !isFormatted || byte() != UInt8(ascii: "{") {
            position += 1
        }
    }

    /// A field's expression and format, to behind its closing brace; or two braces that mean one.
    private mutating func field(_ quote: UInt8, isTriple: Bool) {
        position += 1
        if byte() == UInt8(ascii: "{") {
            position += 1
            return
        }
        guard fieldDepth < Self.fieldDepthMax else { return }
        fieldDepth += 1
        bracketDepth += 1
        let outside = bracketDepth
        defer {
            fieldDepth -= 1
            bracketDepth = outside - 1
        }
        while position < bytes.count {
            switch byte() {
            case UInt8(ascii: "}") where bracketDepth == outside:
                position += 1
                return
            case UInt8(ascii: ":") where bracketDepth == outside:
                return format(quote, isTriple: isTriple)
            default: step()
            }
        }
    }

    /// The format of a field, which may hold fields itself.
    private mutating func format(_ quote: UInt8, isTriple: Bool) {
        position += 1
        while position < bytes.count {
            switch byte() {
            case UInt8(ascii: "}"):
                position += 1
                return
            case UInt8(ascii: "{"): field(quote, isTriple: isTriple)
            case quote where !isTriple: return
            case let end where isNewline(end):
                guard isTriple else { return }
                skipNewline()
            default: position += 1
            }
        }
    }
}
