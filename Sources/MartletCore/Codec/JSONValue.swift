package import Foundation

/// Any JSON value, with integers kept apart from other numbers.
///
/// Its canonical text (sorted keys, no white space, shortest numbers) is what digests are taken of, so equal values
/// have equal digests.
public enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; the last of two equal keys wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
    /// Null.
    public init(nilLiteral: ()) { self = .null }

    /// A number, or null where it is not finite: JSON has no NaN.
    public init(finite value: Double) { self = value.isFinite ? .number(value) : .null }
}

extension JSONValue {
    /// The member of an object; `nil` where there is none or this is no object.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The text of a string.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value of a boolean.
    public var bool: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    /// The value of an integer or a number.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The value of an integer, or of a number that is whole.
    public var int: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The elements of an array.
    public var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members of an object.
    public var object: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// What kind of value this is, in JSON's words, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

// MARK: - Text

extension JSONValue: CustomStringConvertible {
    /// The canonical text.
    public var description: String { canonicalText }

    /// Sorted keys, no white space, shortest decimal that reads back equal (RFC 8259; after the idea of RFC 8785).
    public var canonicalText: String {
        var text = ""
        write(to: &text, indent: nil, depth: 0)
        return text
    }

    /// The same with two spaces of indentation, for people.
    public var prettyText: String {
        var text = ""
        write(to: &text, indent: 2, depth: 0)
        return text
    }

    private func write(to text: inout String, indent: Int?, depth: Int) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        // A whole number is written as an integer, since it is read back as one.
        case .number(let value): text += Int64(exactly: value).map(String.init) ?? (value.isFinite ? "\(value)" : "null")
        case .string(let value): Self.quote(value, to: &text)
        case .array(let elements):
            Self.writeList(elements.map { (nil, $0) }, "[", "]", to: &text, indent: indent, depth: depth)
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            Self.writeList(sorted.map { ($0.key, $0.value) }, "{", "}", to: &text, indent: indent, depth: depth)
        }
    }

    private static func writeList(
        _ items: [(String?, JSONValue)], _ open: String, _ close: String, to text: inout String, indent: Int?, depth: Int
    ) {
        text += open
        for (position, (key, value)) in items.enumerated() {
            if position > 0 { text += "," }
            if let indent { text += "\n" + String(repeating: " ", count: indent * (depth + 1)) }
            if let key {
                quote(key, to: &text)
                text += indent == nil ? ":" : ": "
            }
            value.write(to: &text, indent: indent, depth: depth + 1)
        }
        if let indent, !items.isEmpty { text += "\n" + String(repeating: " ", count: indent * depth) }
        text += close
    }

    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        defer { text += "\"" }
        let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain { return text += value }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

// MARK: - Reading

extension JSONValue: Codable {
    /// Reads any JSON value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Writes this value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Parses JSON text. `what` names the text in the message.
    /// - Throws: `MartletError` with code `invalidInput`, with line and column.
    package init(parsing bytes: [UInt8], as what: String) throws { self = try JSONParser<JSONValue>.parse(bytes, as: what) }

    package init(parsing bytes: Data, as what: String) throws { try self.init(parsing: [UInt8](bytes), as: what) }

    package init(parsing text: String, as what: String) throws { try self.init(parsing: Array(text.utf8), as: what) }

    /// How numbers that JSON does not have are written, as texts.
    private static let infinity = "Infinity"
    private static let nan = "NaN"

    /// Any `Encodable` as a JSON value. NaN and infinities become the texts `NaN`, `Infinity` and `-Infinity`.
    package init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: Self.infinity, negativeInfinity: "-" + Self.infinity, nan: Self.nan
        )
        try self.init(parsing: encoder.encode(value), as: "an encoded value")
    }

    /// This value as a `Decodable` type, as martlet stored it. - Throws: `corrupt` where another version stored it.
    package func decoded<T: Decodable>(as type: T.Type) throws -> T {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: Self.infinity, negativeInfinity: "-" + Self.infinity, nan: Self.nan
        )
        do {
            return try decoder.decode(type, from: Data(canonicalText.utf8))
        } catch let error as DecodingError {
            let what =
                switch error {
                case .keyNotFound(let key, _): "has no '\(key.stringValue)'"
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                    "has something else in '\(context.codingPath.map(\.stringValue).joined(separator: "."))'"
                @unknown default: "is not what is read here"
                }
            throw MartletError(
                .corrupt, "a stored \(type) \(what): another version of martlet wrote it; use that version, or begin with an empty home",
                cause: error)
        }
    }
}
