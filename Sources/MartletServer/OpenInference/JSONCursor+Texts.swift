/// Where a text stands, without its quotes.
struct JSONText {
    let start: Int
    let end: Int
    /// Whether it has a backslash.
    let isEscaped: Bool
    /// Whether all of its bytes are below 128.
    let isASCII: Bool
}

extension JSONCursor {
    /// Passes a text as far as its closing quote. Escapes and UTF-8 are looked at when it is decoded.
    mutating func text() throws -> JSONText {
        guard take(UInt8(ascii: "\"")) else { throw fault("a text in quotes") }
        let start = position
        var isEscaped = false
        var all: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return JSONText(start: start, end: position - 1, isEscaped: isEscaped, isASCII: all < 0x80)
            }
            guard byte >= 0x20 else { throw fault("control characters to be escaped in a text") }
            all |= byte
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                position += 1
            }
            position += 1
        }
        throw JSONFault(position: bytes.count, expected: "the text's closing quote")
    }

    /// Whether a text is a known word.
    @inline(__always) func matches(_ text: JSONText, _ word: StaticString) -> Bool {
        guard !text.isEscaped else { return matchesEscaped(text, word) }
        guard text.end - text.start == word.utf8CodeUnitCount else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[text.start + offset] != word.utf8Start[offset] { return false }
        return true
    }

    /// A text that cannot be decoded is no known word; who takes it as another one decodes it and throws.
    private func matchesEscaped(_ text: JSONText, _ word: StaticString) -> Bool { (try? string(text)) == word.description }

    /// The text. - Throws: where an escape is none, or the bytes are not UTF-8.
    func string(_ text: JSONText) throws -> String {
        let raw = UnsafeRawBufferPointer(rebasing: bytes[text.start..<text.end])
        if text.isASCII, !text.isEscaped { return String(decoding: raw, as: UTF8.self) }
        let decoded = try text.isEscaped ? String(validating: unescaped(text), as: UTF8.self) : String(validating: raw, as: UTF8.self)
        guard let decoded else { throw JSONFault(position: text.start, expected: "UTF-8 in a text") }
        return decoded
    }

    /// The text's bytes. - Throws: as `string`.
    func utf8(_ text: JSONText) throws -> [UInt8] {
        guard text.isASCII, !text.isEscaped else { return Array(try string(text).utf8) }
        return [UInt8](bytes[text.start..<text.end])
    }

    /// - Throws: as `string`.
    func check(_ text: JSONText) throws {
        if !text.isASCII || text.isEscaped { _ = try string(text) }
    }

    // MARK: Escapes

    private func unescaped(_ text: JSONText) throws -> [UInt8] {
        var characters: [UInt8] = []
        characters.reserveCapacity(text.end - text.start)
        var place = text.start
        while place < text.end {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\\") { try unescape(&place, text.end, into: &characters) } else { characters.append(byte) }
        }
        return characters
    }

    private func unescape(_ place: inout Int, _ end: Int, into characters: inout [UInt8]) throws {
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): characters.append(byte)
        case UInt8(ascii: "b"): characters.append(0x08)
        case UInt8(ascii: "f"): characters.append(0x0C)
        case UInt8(ascii: "n"): characters.append(0x0A)
        case UInt8(ascii: "r"): characters.append(0x0D)
        case UInt8(ascii: "t"): characters.append(0x09)
        case UInt8(ascii: "u"): characters += String(Character(try escapedScalar(&place, end))).utf8
        default: throw JSONFault(position: place - 2, expected: "an escape such as \\n or \\u00e9")
        }
    }

    private func escapedScalar(_ place: inout Int, _ end: Int) throws -> Unicode.Scalar {
        let start = place - 2
        let high = try hexadecimal(&place, end)
        guard (0xD800...0xDBFF).contains(high) else {
            guard let scalar = Unicode.Scalar(high) else {
                throw JSONFault(position: start, expected: "the first half of a surrogate pair")
            }
            return scalar
        }
        guard end - place >= 6, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u") else {
            throw JSONFault(position: place, expected: "the second half of a surrogate pair")
        }
        place += 2
        let low = try hexadecimal(&place, end)
        guard (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) else {
            throw JSONFault(position: start, expected: "the second half of a surrogate pair")
        }
        return scalar
    }

    private func hexadecimal(_ place: inout Int, _ end: Int) throws -> UInt32 {
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard place + offset < end, let digit = hexadecimalDigit(bytes[place + offset]) else {
                throw JSONFault(position: place, expected: "four hexadecimal digits")
            }
            value = value << 4 | digit
        }
        place += 4
        return value
    }

    private func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
