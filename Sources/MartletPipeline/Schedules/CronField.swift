import MartletCore

/// One field of a cron expression: the values that it names.
struct CronField: Sendable, Equatable {
    /// Which of the five, in their order.
    enum Kind: String, CaseIterable {
        case minutes, hours, days, months, weekdays
    }

    /// What is wrong with a field, with its name, what was expected and what came.
    struct Fault: Error {
        let message: String
    }

    /// The values; weekdays 0…6, where 0 is Sunday.
    private(set) var values = Values()
    /// Whether the field begins with `*`, which restricts nothing in the rules of cron, also with a step.
    let hasStar: Bool
    /// Whether the last day of the month is meant, whatever its number.
    private(set) var isLast = false
    /// Weekdays of some weeks only, each as (ordinal in the month) · 7 + weekday.
    private var ordinals = Values()

    init(_ text: Substring, of kind: Kind) throws(Fault) {
        hasStar = text.hasPrefix("*")
        for element in text.split(separator: ",", omittingEmptySubsequences: false) {
            if kind == .days, element.uppercased() == "L" {
                isLast = true
            } else if kind == .weekdays, element.contains("#") {
                try readOrdinal(element)
            } else {
                values.formUnion(try CronElement(element, of: kind).values)
            }
        }
    }

    private mutating func readOrdinal(_ element: Substring) throws(Fault) {
        let parts = element.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, let ordinal = Int64(parts[1]), (1...5).contains(ordinal) else {
            throw Fault(message: "weekdays: expected such as MON#1 to MON#5, the first to the fifth of a month, found '\(element)'")
        }
        let weekday = try CronElement.value(parts[0], of: .weekdays)
        ordinals.insert(ordinal * 7 + weekday % 7)
    }

    func contains(_ value: Int64) -> Bool { values.contains(value) }

    /// The first value at or after another.
    func first(from value: Int64) -> Int64? { values.first(from: value) }

    /// Whether a weekday that is the month's first, second, … of its name is meant.
    func hasWeekday(_ weekday: Int64, ordinal: Int64) -> Bool {
        values.contains(weekday) || ordinals.contains(ordinal * 7 + weekday)
    }

    /// A set of numbers 0…63.
    struct Values: Sendable, Equatable {
        private var bits: UInt64 = 0

        init() {}

        init(from first: Int64, through last: Int64, by step: Int64 = 1) {
            for value in stride(from: first, through: last, by: Int(step)) { insert(value) }
        }

        mutating func insert(_ value: Int64) { bits |= 1 << UInt64(value) }
        mutating func formUnion(_ other: Values) { bits |= other.bits }
        func union(_ other: Values) -> Values { Values(bits: bits | other.bits) }
        func intersection(_ other: Values) -> Values { Values(bits: bits & other.bits) }
        func contains(_ value: Int64) -> Bool { bits >> UInt64(value) & 1 == 1 }

        func first(from value: Int64) -> Int64? {
            // A shift by 64 or more gives 0.
            let rest = bits >> UInt64(value)
            return rest == 0 ? nil : value + Int64(rest.trailingZeroBitCount)
        }

        private init(bits: UInt64) { self.bits = bits }
    }
}

extension CronField.Kind {
    /// The numbers that may be written; both 0 and 7 are Sunday.
    var bounds: ClosedRange<Int64> {
        switch self {
        case .minutes: 0...59
        case .hours: 0...23
        case .days: 1...31
        case .months: 1...12
        case .weekdays: 0...7
        }
    }

    /// The last of a cycle; Sunday is its first.
    var last: Int64 { self == .weekdays ? 6 : bounds.upperBound }

    /// The names of values, from the first.
    var names: [String] {
        switch self {
        case .months: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .weekdays: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    /// What a value may be, in words.
    var expectation: String {
        let numbers = "\(bounds.lowerBound) to \(bounds.upperBound)"
        guard let first = names.first, let last = names.last else { return self == .days ? "\(numbers) or L" : numbers }
        return "\(numbers) or \(first) to \(last)"
    }
}
