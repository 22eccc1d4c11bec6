/// JSON as Python's `json` reads it: integers of any size kept apart from other numbers, members in their order, and `NaN`,
/// `Infinity` and `-Infinity` as numbers. Of two equal names the last value counts.
package enum PythonValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// Its decimal digits.
    case integer(String)
    case number(Double)
    case string(String)
    case array([PythonValue])
    case object(PythonMembers)

    /// The most digits that Python reads.
    static let digitCountMax = 4300

    /// - Throws: `invalidInput`, with line and column; `what` names the text.
    package init(parsing text: String, as what: String) throws { self = try JSONParser<PythonValue>.parse(Array(text.utf8), as: what) }
}

/// The members of an object in the order in which their names first came.
package struct PythonMembers: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let name: String
        package var value: PythonValue
    }

    package private(set) var all: [Member] = []
    /// By the bytes of names: texts that Unicode has as equivalent are two names.
    private var places: [[UInt8]: Int] = [:]

    package init() {}

    package var isEmpty: Bool { all.isEmpty }

    package subscript(name: String) -> PythonValue? {
        get { places[Array(name.utf8)].map { all[$0].value } }
        set {
            guard let newValue else { return remove(name) }
            if let place = places[Array(name.utf8)] {
                all[place].value = newValue
            } else {
                places[Array(name.utf8)] = all.count
                all.append(Member(name: name, value: newValue))
            }
        }
    }

    private mutating func remove(_ name: String) {
        guard places[Array(name.utf8)] != nil else { return }
        let kept = all.filter { !$0.name.utf8.elementsEqual(name.utf8) }
        self = PythonMembers()
        for member in kept { self[member.name] = member.value }
    }

    /// As Python's `update` does it: values of names that are there already are replaced.
    package mutating func update(_ other: PythonMembers) {
        for member in other.all { self[member.name] = member.value }
    }
}

extension PythonMembers: JSONMembers {
    mutating func add(_ value: PythonValue, named name: String) -> Bool {
        self[name] = value
        return true
    }
}

extension PythonValue: JSONTree {
    static var numberRange: String { "\(digitCountMax) digits" }

    init?(number text: String, isWhole: Bool) {
        if isWhole {
            guard text.utf8.count(where: { $0 != UInt8(ascii: "-") }) <= Self.digitCountMax else { return nil }
            self = .integer(text == "-0" ? "0" : text)
        } else {
            guard let double = Double(text) else { return nil }
            self = .number(double)
        }
    }

    init?(special number: Double) { self = .number(number) }
}

extension PythonValue {
    /// The member of an object; `nil` where there is none or this is no object.
    package subscript(name: String) -> PythonValue? { object?[name] }

    /// The text of a string.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements of an array.
    package var array: [PythonValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members of an object.
    package var object: PythonMembers? {
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

extension PythonValue: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Null.
    package init(nilLiteral: ()) { self = .null }

    /// An integer.
    package init(integerLiteral value: Int64) { self = .integer(String(value)) }

    /// A number.
    package init(floatLiteral value: Double) { self = .number(value) }

    /// An array.
    package init(arrayLiteral elements: PythonValue...) { self = .array(elements) }

    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }

    /// An object.
    package init(dictionaryLiteral elements: (String, PythonValue)...) {
        var members = PythonMembers()
        for (name, value) in elements { members[name] = value }
        self = .object(members)
    }
}
