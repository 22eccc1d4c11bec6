/// What `JSONParser` makes of JSON: its numbers and names are as strict as the tree has them.
protocol JSONTree {
    associatedtype Members: JSONMembers where Members.Value == Self

    static var null: Self { get }
    static func boolean(_ value: Bool) -> Self
    static func string(_ value: String) -> Self
    static func array(_ elements: [Self]) -> Self
    static func object(_ members: Members) -> Self

    /// Within what numbers are taken, for messages.
    static var numberRange: String { get }
    /// Of a well-formed number; `nil` where it is beyond the range.
    init?(number text: String, isWhole: Bool)
    /// Of NaN or an infinity; `nil` where those are refused.
    init?(special number: Double)
}

/// The members of an object while it is read.
protocol JSONMembers {
    associatedtype Value

    init()
    /// - Returns: whether it is taken, where there was one of that name already.
    mutating func add(_ value: Value, named name: String) -> Bool
}

/// Strict where that protects the reader: a name twice and numbers beyond the range of doubles are refused.
extension JSONValue: JSONTree {
    static var numberRange: String { "doubles" }

    init?(number text: String, isWhole: Bool) {
        if isWhole, let integer = Int64(text) {
            self = .integer(integer)
        } else {
            guard let double = Double(text), double.isFinite else { return nil }
            self = .number(double)
        }
    }

    init?(special number: Double) { nil }
}

extension [String: JSONValue]: JSONMembers {
    mutating func add(_ value: JSONValue, named name: String) -> Bool { updateValue(value, forKey: name) == nil }
}
