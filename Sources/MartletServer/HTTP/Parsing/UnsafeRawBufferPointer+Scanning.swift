#if canImport(Glibc)
    import Glibc
#endif

extension UnsafeRawBufferPointer {
    /// Where a byte is first found at or after an offset.
    func firstIndex(of byte: UInt8, from offset: Int) -> Int? {
        guard let base = baseAddress, offset < count else { return nil }
        guard let found = memchr(base + offset, Int32(byte), count - offset) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// A range without the spaces and tabs at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, Self.isBlank(self[low]) { low += 1 }
        while high > low, Self.isBlank(self[high - 1]) { high -= 1 }
        return low..<high
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Whether all bytes of a range may stand in a field's value (RFC 9110, section 5.5).
    func isFieldValue(_ range: Range<Int>) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = self[position]
            if byte < 0x20 && byte != 0x09 || byte == 0x7f { return false }
            position &+= 1
        }
        return true
    }

    /// Whether a range holds exactly these characters.
    @inline(__always)
    func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount, let base = baseAddress else { return false }
        return memcmp(base + range.lowerBound, word.utf8Start, range.count) == 0
    }

    /// Whether a range holds the same bytes as another buffer from an offset on, which has as many.
    func equals(_ range: Range<Int>, _ other: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard let base = baseAddress, let otherBase = other.baseAddress else { return range.isEmpty }
        return memcmp(base + range.lowerBound, otherBase + offset, range.count) == 0
    }

    /// Whether a range of checked bytes holds a word of small letters and hyphens, in any case.
    @inline(__always)
    func matchesAnyCase(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        let letters = word.utf8Start
        for offset in 0..<range.count where self[range.lowerBound &+ offset] | 0x20 != letters[offset] { return false }
        return true
    }

    /// The name and the value of a field's line.
    /// - Throws: `RequestFault`.
    func fieldLine(_ line: Range<Int>) throws -> (name: Range<Int>, value: Range<Int>) {
        let end = ASCIISet.token.end(in: self, line)
        guard end > line.lowerBound, end < line.upperBound, self[end] == UInt8(ascii: ":") else {
            throw RequestFault.malformed("expected the name of a header field and ':' right behind it")
        }
        let value = trimmed(end + 1..<line.upperBound)
        guard isFieldValue(value) else {
            throw RequestFault.malformed("expected the value of a header field without control characters")
        }
        return (line.lowerBound..<end, value)
    }
}
