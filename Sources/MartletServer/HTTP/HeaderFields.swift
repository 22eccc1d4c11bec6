import NIOCore

/// The header fields of a message, in order; names are compared without regard to case (RFC 9110, section 5.1).
package struct HeaderFields: Sendable, ExpressibleByDictionaryLiteral {
    private enum Storage {
        /// As they came, and checked: only what is asked for becomes text.
        case received(FieldBlock)
        case list([(String, String)])
    }

    private var storage: Storage

    /// Takes over fields as they came.
    init(_ block: FieldBlock) { storage = .received(block) }

    /// Makes fields from names and values, in that order.
    package init(_ fields: [(String, String)] = []) { storage = .list(fields) }

    /// Makes fields from a literal, in that order.
    package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// The first value of a name; setting it replaces all values of that name, `nil` removes them.
    package subscript(name: String) -> String? {
        get {
            switch storage {
            case .received(let block): block.first(name)
            case .list(let fields): fields.first { FieldName.matches($0.0, name) }?.1
            }
        }
        set {
            var fields = list.filter { !FieldName.matches($0.0, name) }
            if let newValue { fields.append((name, newValue)) }
            storage = .list(fields)
        }
    }

    /// All values of a name, in order.
    package func values(_ name: String) -> [String] { all.filter { FieldName.matches($0.name, name) }.map(\.value) }

    /// Adds a field and keeps those of the same name.
    package mutating func add(_ name: String, _ value: String) { storage = .list(list + [(name, value)]) }

    /// All fields, in order.
    package var all: [(name: String, value: String)] { list.map { (name: $0, value: $1) } }

    private var list: [(String, String)] {
        switch storage {
        case .received(let block): block.all
        case .list(let fields): fields
        }
    }
}

extension HeaderFields {
    /// The first name that could not be sent as written, because it or its value would break the message's framing.
    var firstUnsendable: String? {
        guard case .list(let fields) = storage else { return nil }
        for (name, value) in fields where name.isEmpty || !ASCIISet.token.covers(name) || !Self.isFieldValue(value) { return name }
        return nil
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).isFieldValue(0..<$0.count) }
            ?? value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }

    /// Calls a body with each field, in order.
    func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        guard case .list(let fields) = storage else { return all.forEach { body($0.name, $0.value) } }
        for (name, value) in fields { body(name, value) }
    }
}

/// The name of a header field.
enum FieldName {
    static func matches(_ name: String, _ other: String) -> Bool {
        name.utf8.count == other.utf8.count && zip(name.utf8, other.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    /// Whether a name is a word of small letters and hyphens, in any case.
    static func matches(_ name: String, _ word: StaticString) -> Bool {
        name.utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).matchesAnyCase(0..<$0.count, word) }
            ?? matches(name, "\(word)")
    }

    static func matches(_ name: UnsafeRawBufferPointer, _ other: some Collection<UInt8>) -> Bool {
        name.count == other.count && zip(name, other).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
