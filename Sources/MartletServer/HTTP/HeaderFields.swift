import NIOHTTP1

/// The header fields of a message, in order; names are compared without regard to case (RFC 9110, section 5.1).
package struct HeaderFields: Sendable, ExpressibleByDictionaryLiteral {
    private(set) var storage: HTTPHeaders

    init(_ storage: HTTPHeaders) { self.storage = storage }

    /// Makes fields from names and values, in that order.
    package init(_ fields: [(String, String)] = []) { storage = HTTPHeaders(fields) }

    /// Makes fields from a literal, in that order.
    package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// The first value of a name; setting it replaces all values of that name, `nil` removes them.
    package subscript(name: String) -> String? {
        get { storage.first(name: name) }
        set {
            if let newValue { storage.replaceOrAdd(name: name, value: newValue) } else { storage.remove(name: name) }
        }
    }

    /// All values of a name, in order.
    package func values(_ name: String) -> [String] { storage[name] }

    /// Adds a field and keeps those of the same name.
    package mutating func add(_ name: String, _ value: String) {
        storage.add(name: name, value: value)
    }

    /// All fields, in order.
    package var all: [(name: String, value: String)] { storage.map { ($0.name, $0.value) } }
}

extension HeaderFields {
    /// The first name that could not be sent as written, because it or its value would break the message's framing.
    var firstUnsendable: String? {
        for field in storage where !Self.isToken(field.name) || !Self.isFieldValue(field.value) { return field.name }
        return nil
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }
}
