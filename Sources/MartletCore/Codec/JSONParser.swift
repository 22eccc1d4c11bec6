/// Reads JSON text (RFC 8259) straight into a tree, in one pass over its bytes.
///
/// Bytes that are not UTF-8 and more than 128 levels of nesting are refused; numbers and names are as the tree takes them. Every
/// refusal names the line and column.
struct JSONParser<Tree: JSONTree> {
    /// The deepest nesting that is read.
    static var depthMax: Int { 128 }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let what: String
    private var position = 0
    private var depth = 0

    /// Reads a whole text. `what` names it in messages. - Throws: `invalidInput`. - Complexity: O(bytes).
    static func parse(_ bytes: [UInt8], as what: String) throws -> Tree {
        try bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer, what: what)
            let value = try parser.value()
            parser.skipSpace()
            guard parser.position == buffer.count else { throw parser.refusal("expected the end") }
            return value
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, what: String) {
        self.bytes = bytes
        self.what = what
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    // MARK: Values

    private mutating func value() throws -> Tree {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try nested { try $0.object() }
        case UInt8(ascii: "["): return try nested { try $0.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): return try number()
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try special("NaN", .nan)
        case UInt8(ascii: "I"): return try special("Infinity", .infinity)
        default: throw refusal("expected a value")
        }
    }

    private mutating func nested(_ body: (inout JSONParser) throws -> Tree) throws -> Tree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw refusal("expected at most \(Self.depthMax) levels of nesting") }
        return try body(&self)
    }

    private mutating func object() throws -> Tree {
        var members = Tree.Members()
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw refusal("expected a name in quotes") }
            let place = position
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw refusal("expected ':'") }
            guard members.add(try value(), named: name) else {
                position = place
                throw refusal("expected each name once, found '\(name.prefix(60))' twice")
            }
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw refusal("expected ',' or '}'") }
        return .object(members)
    }

    private mutating func array() throws -> Tree {
        var elements: [Tree] = []
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            elements.append(try value())
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw refusal("expected ',' or ']'") }
        return .array(elements)
    }

    private mutating func word(_ text: StaticString, _ value: Tree) throws -> Tree {
        let end = position + text.utf8CodeUnitCount
        let isThere = end <= bytes.count && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
        guard isThere else { throw refusal("expected \(text)") }
        position = end
        return value
    }

    // MARK: Numbers

    private mutating func number() throws -> Tree {
        let start = position
        if take(UInt8(ascii: "-")), peek == UInt8(ascii: "I") { return try special("Infinity", -.infinity) }
        let isZero = peek == UInt8(ascii: "0")
        let whole = digits()
        guard whole == 1 || (whole > 1 && !isZero) else { throw refusal("expected digits without a leading zero", at: start) }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { throw refusal("expected digits after the point") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            guard digits() > 0 else { throw refusal("expected digits in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Tree(number: text, isWhole: isWhole) else {
            throw refusal("expected a number within the range of \(Tree.numberRange), found '\(text.prefix(40))'", at: start)
        }
        return number
    }

    /// A number that JSON does not have.
    private mutating func special(_ text: StaticString, _ number: Double) throws -> Tree {
        guard let value = Tree(special: number) else { throw refusal("expected a value") }
        return try word(text, value)
    }

    /// Passes digits. - Returns: how many.
    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    // MARK: Texts

    private mutating func string() throws -> String {
        position += 1
        let start = position
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try text(Array(bytes[start..<position]), from: start)
        }
        var characters = Array(bytes[start..<position])
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw refusal("expected control characters to be escaped in a text") }
            position += 1
            if byte == UInt8(ascii: "\\") { try escape(into: &characters) } else { characters.append(byte) }
        }
        guard take(UInt8(ascii: "\"")) else { throw refusal("expected the text's closing quote") }
        return try text(characters, from: start)
    }

    private func text(_ characters: [UInt8], from start: Int) throws -> String {
        guard let text = String(validating: characters, as: UTF8.self) else { throw refusal("expected UTF-8 in a text", at: start) }
        return text
    }

    private mutating func escape(into characters: inout [UInt8]) throws {
        guard let byte = peek else { throw refusal("expected an escaped character") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): characters.append(byte)
        case UInt8(ascii: "b"): characters.append(0x08)
        case UInt8(ascii: "f"): characters.append(0x0C)
        case UInt8(ascii: "n"): characters.append(0x0A)
        case UInt8(ascii: "r"): characters.append(0x0D)
        case UInt8(ascii: "t"): characters.append(0x09)
        case UInt8(ascii: "u"): characters += String(Character(try escapedScalar())).utf8
        default: throw refusal("expected an escape such as \\n or \\u00e9", at: position - 2)
        }
    }

    private mutating func escapedScalar() throws -> Unicode.Scalar {
        let start = position - 2
        let high = try hexadecimal()
        guard (0xD800...0xDBFF).contains(high) else {
            guard let scalar = Unicode.Scalar(high) else { throw refusal("expected the first half of a surrogate pair", at: start) }
            return scalar
        }
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw refusal("expected the second half of a surrogate pair") }
        let low = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) else {
            throw refusal("expected the second half of a surrogate pair", at: start)
        }
        return scalar
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 128 }),
            let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw refusal("expected four hexadecimal digits") }
        position += 4
        return value
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func refusal(_ expected: String, at place: Int? = nil) -> MartletError {
        let place = place ?? position
        let line = bytes[..<min(place, bytes.count)].count { $0 == 0x0A } + 1
        let lineStart = bytes[..<min(place, bytes.count)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let found: String
        if place >= bytes.count {
            found = "the end"
        } else {
            let byte = bytes[place]
            found = (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        }
        let tail = expected.contains("found") ? "" : ", found \(found)"
        return MartletError(.invalidInput, "\(what) is not valid JSON: line \(line), column \(place - lineStart + 1): \(expected)\(tail)")
    }
}
