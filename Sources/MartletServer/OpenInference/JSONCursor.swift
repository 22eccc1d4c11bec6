import CDecimals

/// Reads JSON text (RFC 8259) piece by piece, as its caller asks for it, without building anything in between.
///
/// A name twice in one object, bytes that are not UTF-8 and deep nesting are refused. Every refusal is a `JSONFault`.
struct JSONCursor {
    /// The deepest nesting that is read.
    static let depthMax = 32
    /// Members of one object that nobody asked for; each is kept until the object ends, to find a second one of its name.
    static let otherMemberCountMax = 64

    /// Whether the processor reads eight decimals at a time.
    static let hasVectors = martlet_decimals_available() != 0

    let bytes: UnsafeRawBufferPointer
    var position = 0
    let usesVectors: Bool
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer, usesVectors: Bool = hasVectors) {
        self.bytes = bytes
        self.usesVectors = usesVectors
    }

    // MARK: Objects

    /// The names of an object that were read so far.
    struct Members {
        fileprivate var isFirst = true
        fileprivate var known: UInt32 = 0
        fileprivate var others: [String] = []
    }

    /// Passes `{`.
    mutating func openObject() throws -> Members {
        try open("{", "an object")
        return Members()
    }

    /// Passes the next name and its colon. - Returns: `nil` after the closing brace.
    mutating func nextName(_ members: inout Members) throws -> JSONText? {
        guard try next("}", "',' or '}'", isFirst: &members.isFirst) else { return nil }
        guard peek == UInt8(ascii: "\"") else { throw fault("a name in quotes") }
        let name = try text()
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw fault("':'") }
        skipSpace()
        return name
    }

    /// Notes a name that the caller knows by a number below 32. - Throws: where the object had it already.
    mutating func admit(_ known: Int, _ name: JSONText, _ members: inout Members) throws {
        let bit: UInt32 = 1 << UInt32(known)
        guard members.known & bit == 0 else { throw JSONFault(position: name.start, expected: "each name once in an object") }
        members.known |= bit
    }

    /// Notes a name that the caller does not know. - Throws: where the object had it already, or too many others.
    mutating func admitOther(_ name: JSONText, _ members: inout Members) throws -> String {
        let other = try string(name)
        guard !members.others.contains(other) else { throw JSONFault(position: name.start, expected: "each name once in an object") }
        guard members.others.count < Self.otherMemberCountMax else {
            throw JSONFault(position: name.start, expected: "at most \(Self.otherMemberCountMax) members beyond the protocol's")
        }
        members.others.append(other)
        return other
    }

    // MARK: Arrays

    /// Passes `[`.
    mutating func openArray() throws { try open("[", "an array") }

    /// Passes a comma, unless the element is the first. - Returns: false after the closing bracket.
    mutating func nextElement(isFirst: inout Bool) throws -> Bool { try next("]", "',' or ']'", isFirst: &isFirst) }

    /// Passes `]` where it is next.
    mutating func closesArray() -> Bool {
        guard take(UInt8(ascii: "]")) else { return false }
        depth -= 1
        return true
    }

    private mutating func open(_ bracket: Unicode.Scalar, _ expected: StaticString) throws {
        guard take(UInt8(ascii: bracket)) else { throw fault("\(expected)") }
        depth += 1
        guard depth <= Self.depthMax else {
            throw JSONFault(position: position - 1, expected: "at most \(Self.depthMax) levels of nesting")
        }
        skipSpace()
    }

    private mutating func next(_ bracket: Unicode.Scalar, _ expected: StaticString, isFirst: inout Bool) throws -> Bool {
        skipSpace()
        if take(UInt8(ascii: bracket)) {
            depth -= 1
            return false
        }
        if !isFirst {
            guard take(UInt8(ascii: ",")) else { throw fault("\(expected)") }
            skipSpace()
        }
        isFirst = false
        return true
    }

    // MARK: Words

    /// Passes `null` where it is next.
    mutating func takeNull() -> Bool { takeWord("null") }

    /// Passes `true` or `false`.
    mutating func boolean() throws -> Bool {
        if takeWord("true") { return true }
        guard takeWord("false") else { throw fault("true or false") }
        return false
    }

    /// Passes a word where it is next.
    mutating func takeWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] { return false }
        position += count
        return true
    }

    // MARK: Any value

    /// Passes a value of any kind, and finds out whether it is well formed.
    mutating func skipValue() throws {
        switch peek {
        case UInt8(ascii: "{"):
            var members = try openObject()
            while try nextName(&members) != nil { try skipValue() }
        case UInt8(ascii: "["):
            try openArray()
            var isFirst = true
            while try nextElement(isFirst: &isFirst) { try skipValue() }
        case UInt8(ascii: "\""): try check(text())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
        case UInt8(ascii: "n"): guard takeNull() else { throw fault("null") }
        default: if !takeWord("NaN"), !takeWord("Infinity"), !takeWord("-Infinity") { _ = try scannedNumber() }
        }
    }

    // MARK: Bytes

    /// The next byte; 0, which JSON has nowhere, at the end.
    @inline(__always) var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Passes a byte where it is next.
    @inline(__always) mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte, position < bytes.count else { return false }
        position += 1
        return true
    }

    /// Passes white space.
    @inline(__always) mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20, isSpace(bytes[position]) { position += 1 }
    }

    @inline(__always) private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// What was expected here.
    @inline(never) func fault(_ expected: String) -> JSONFault { JSONFault(position: position, expected: expected) }
}
