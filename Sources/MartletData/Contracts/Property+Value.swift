import Foundation
package import MartletCore

extension Contract.Property {
    /// Why a single value, such as a field of a request, breaks this property; `nil` where it keeps it.
    ///
    /// Types, bounds, lengths, patterns and lists of values are checked; uniqueness is a matter of tables.
    package func violation(of value: Value) -> String? {
        guard value != .missing else { return isRequired ? "expected \(type.rawValue), found nothing" : nil }
        guard admitsType(of: value) else { return "expected \(type.rawValue), found '\("\(value)".prefix(60))'" }
        let broken = constraints.first { !$0.admits(value) }
        return broken.map { "expected \($0.key) \($0.bound), found '\("\(value)".prefix(60))'" }
    }

    private func admitsType(of value: Value) -> Bool {
        switch (type, value) {
        case (.integer, .integer), (.number, .integer), (.number, .real), (.boolean, .boolean): true
        case (.integer, .real(let number)): Int64(exactly: number) != nil
        case (.string, .text), (.date, .text), (.timestamp, .text): true
        default: false
        }
    }
}

extension Constraint {
    /// What the value is held against, for messages.
    fileprivate var bound: String {
        switch self {
        case .minimum(let bound), .exclusiveMinimum(let bound), .maximum(let bound), .exclusiveMaximum(let bound):
            bound.string ?? bound.canonicalText
        case .multipleOf(let number): "\(number)"
        case .minimumLength(let length), .maximumLength(let length): "\(length)"
        case .pattern(let pattern): pattern
        case .validValues(let values), .missingValues(let values): JSONValue.array(values).canonicalText
        }
    }

    fileprivate func admits(_ value: Value) -> Bool {
        switch self {
        case .minimum(let bound): Self.compare(value, bound).map { $0 >= 0 } ?? true
        case .exclusiveMinimum(let bound): Self.compare(value, bound).map { $0 > 0 } ?? true
        case .maximum(let bound): Self.compare(value, bound).map { $0 <= 0 } ?? true
        case .exclusiveMaximum(let bound): Self.compare(value, bound).map { $0 < 0 } ?? true
        case .multipleOf(let unit): Self.isMultiple(value.double, of: unit)
        case .minimumLength(let length): "\(value)".unicodeScalars.count >= length
        case .maximumLength(let length): "\(value)".unicodeScalars.count <= length
        case .pattern(let pattern): "\(value)".range(of: pattern, options: .regularExpression) != nil
        case .validValues(let values): values.contains { Self.isSame($0, value) }
        case .missingValues(let values): !values.contains { Self.isSame($0, value) }
        }
    }

    /// −1, 0 or 1; `nil` where the two cannot be compared. ISO 8601 texts compare as texts of one form do.
    private static func compare(_ value: Value, _ bound: JSONValue) -> Int? {
        if case .text(let text) = value, let other = bound.string { return text == other ? 0 : text < other ? -1 : 1 }
        guard let other = bound.double, value.double.isFinite else { return nil }
        return value.double == other ? 0 : value.double < other ? -1 : 1
    }

    private static func isMultiple(_ value: Double, of unit: Double) -> Bool {
        let quotient = value / unit
        return abs(quotient - quotient.rounded()) <= 1e-9 * max(1, abs(quotient))
    }

    private static func isSame(_ json: JSONValue, _ value: Value) -> Bool {
        if let number = json.double { return number == value.double }
        return Value(json) == value
    }
}
