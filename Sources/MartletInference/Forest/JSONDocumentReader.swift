import Foundation
import MartletCore

/// A JSON text as XGBoost writes it: RFC 8259, and the words `NaN`, `Infinity` and `-Infinity` among numbers.
struct JSONDocumentReader: DocumentReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    // MARK: Structure

    mutating func object(_ member: (inout Self, String) throws -> Void) throws {
        var names: Set<String> = []
        try list(from: "{", to: "}") { reader in
            let name = try reader.string()
            guard names.insert(name).inserted else { throw reader.fault("expected each name once, found '\(name.prefix(40))' twice") }
            reader.skipSpace()
            guard reader.take(":") else { throw reader.fault("expected ':'") }
            try member(&reader, name)
        }
    }

    mutating func array(_ element: (inout Self) throws -> Void) throws { try list(from: "[", to: "]", element) }

    private mutating func list(from open: Unicode.Scalar, to close: Unicode.Scalar, _ body: (inout Self) throws -> Void) throws {
        skipSpace()
        guard take(open) else { throw fault("expected '\(open)'") }
        depth += 1
        guard depth <= DocumentLimit.depthMax else { throw fault("expected at most \(DocumentLimit.depthMax) levels of nesting") }
        skipSpace()
        if !take(close) {
            repeat {
                try body(&self)
                skipSpace()
            } while take(",")
            guard take(close) else { throw fault("expected ',' or '\(close)'") }
        }
        depth -= 1
    }

    mutating func end() throws {
        skipSpace()
        guard position == bytes.count else { throw fault("expected the end") }
    }

    // MARK: Values

    mutating func string() throws -> String {
        skipSpace()
        let start = position
        let hasEscapes = try passString()
        guard hasEscapes else {
            guard let text = String(validating: bytes[start + 1..<position - 1], as: UTF8.self) else {
                throw fault("expected UTF-8 in a text")
            }
            return text
        }
        // What is wrong with an escape does not matter to anyone; that something is, does.
        guard case .string(let text)? = try? JSONValue(parsing: Array(bytes[start..<position]), as: "a text") else {
            throw fault("expected valid escapes in the text before")
        }
        return text
    }

    mutating func integer() throws -> Int {
        skipSpace()
        guard let value = DecimalNumber.integer(bytes, at: &position, until: bytes.count) else { throw fault("expected a whole number") }
        return value
    }

    mutating func integers() throws -> [Int] {
        try numbers { reader in
            switch reader.peek {
            case UInt8(ascii: "t"): try reader.word("true", 1)
            case UInt8(ascii: "f"): try reader.word("false", 0)
            default: try reader.integer()
            }
        }
    }

    mutating func floats() throws -> [Float] {
        try numbers { reader in
            if let value = DecimalNumber(reader.bytes, at: &reader.position, until: reader.bytes.count)?.float { return value }
            switch reader.peek {
            case UInt8(ascii: "N"): return try reader.word("NaN", .nan)
            case UInt8(ascii: "I"): return try reader.word("Infinity", .infinity)
            default: return try reader.word("-Infinity", -.infinity)
            }
        }
    }

    private mutating func numbers<Number>(_ read: (inout Self) throws -> Number) throws -> [Number] {
        var numbers: [Number] = []
        try array { reader in
            reader.skipSpace()
            numbers.append(try read(&reader))
        }
        return numbers
    }

    // MARK: Passing over

    mutating func skip() throws {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try object { reader, _ in try reader.skip() }
        case UInt8(ascii: "["): try skipArray()
        case UInt8(ascii: "\""): _ = try passString()
        default:
            let start = position
            while let byte = peek, Self.isOfWord(byte) { position += 1 }
            guard position > start else { throw fault("expected a value") }
        }
    }

    /// Arrays of numbers are most of what is not needed of a model: they are passed over byte by byte.
    private mutating func skipArray() throws {
        let start = position
        position += 1
        while let byte = peek, !Self.endsNumbers(byte) { position += 1 }
        if take("]") { return }
        position = start
        try array { try $0.skip() }
    }

    /// Whether a byte ends an array of numbers, or is a sign that it holds something else.
    private static func endsNumbers(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "]") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
            || byte == UInt8(ascii: "\"")
    }

    /// Whether a byte may be part of a number or word.
    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Passes a text with its quotes. - Returns: whether there is a backslash in it.
    private mutating func passString() throws -> Bool {
        guard take("\"") else { throw fault("expected a text in quotes") }
        var hasEscapes = false
        while let byte = peek, byte != UInt8(ascii: "\"") {
            hasEscapes = hasEscapes || byte == UInt8(ascii: "\\")
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        guard take("\"") else { throw fault("expected the text's closing quote") }
        return hasEscapes
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func word<Value>(_ word: StaticString, _ value: Value) throws -> Value {
        let text = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[min(position, bytes.count)...].starts(with: text) else { throw fault("expected a number") }
        position += text.count
        return value
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func fault(_ expected: String) -> ForestFault {
        let found = peek.map { (0x21...0x7E).contains($0) ? "'\(Unicode.Scalar($0))'" : "byte value \($0)" } ?? "the end"
        return ForestFault.damaged(place: "byte \(position)", expected.contains("found") ? expected : "\(expected), found \(found)")
    }
}
