extension JSONWriter {
    // MARK: Texts

    /// More than a text takes in quotes.
    @inline(__always) static func sizeMaxBytes(_ text: UnsafeBufferPointer<UInt8>) -> Int { 6 * text.count + 2 }

    /// Writes UTF-8 in quotes. Most of it needs no escapes, which is seen eight bytes at a time.
    @inline(__always) mutating func write(text: UnsafeBufferPointer<UInt8>) {
        let text = UnsafeRawBufferPointer(text)
        guard Self.isPlain(text) else { return write(quoted: text) }
        write(byte: UInt8(ascii: "\""))
        write(text)
        write(byte: UInt8(ascii: "\""))
    }

    /// Whether nothing needs an escape: no quote, no backslash, no control character.
    @inline(__always) private static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        var found: UInt64 = 0
        while place &+ 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            found |= (below(word, 0x20) | zeroBytes(word ^ 0x2222_2222_2222_2222) | zeroBytes(word ^ 0x5C5C_5C5C_5C5C_5C5C))
            place &+= 8
        }
        guard found == 0 else { return false }
        while place < text.count {
            let byte = text[place]
            guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { return false }
            place &+= 1
        }
        return true
    }

    /// Not 0 where a byte of a word is below a limit of at most 128.
    @inline(__always) private static func below(_ word: UInt64, _ limit: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101 &* limit) & ~word & 0x8080_8080_8080_8080
    }

    @inline(__always) private static func zeroBytes(_ word: UInt64) -> UInt64 { below(word, 1) }

    /// Writes a name that needs no escapes, and its colon.
    @inline(__always) mutating func write(name: StaticString) {
        write(byte: UInt8(ascii: "\""))
        write(name)
        write(byte: UInt8(ascii: "\""))
        write(byte: UInt8(ascii: ":"))
    }

    // MARK: Numbers

    /// Writes a number as Python does: with a point from 10⁻⁴ on and below 10¹⁶, else with an exponent of two digits at least; what is
    /// not finite is a text.
    @inline(__always) mutating func write(python number: Double) {
        let magnitude = number.magnitude
        if magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16) { write(number) } else { writeUncommon(number) }
    }

    @inline(never) private mutating func writeUncommon(_ number: Double) {
        guard number.isFinite else { return write(number.isNaN ? "\"NaN\"" : number < 0 ? "\"-Infinity\"" : "\"Infinity\"") }
        // Out there Swift's own text is Python's.
        for byte in number.description.utf8 { write(byte: byte) }
    }
}
