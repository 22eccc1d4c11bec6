/// A value that is bound to a placeholder of a statement.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// Never NaN, which SQLite would store as null.
    case real(Double)
    case text(String)
    case bytes([UInt8])
}

extension SQLValue {
    /// The integer, or null.
    package static func optional(_ integer: Int64?) -> SQLValue { integer.map(Self.integer) ?? .null }

    /// The text, or null.
    package static func optional(_ text: String?) -> SQLValue { text.map(Self.text) ?? .null }

    /// 1 or 0: neither database's own type of truth is the other's.
    package static func flag(_ flag: Bool) -> SQLValue { .integer(flag ? 1 : 0) }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
}
