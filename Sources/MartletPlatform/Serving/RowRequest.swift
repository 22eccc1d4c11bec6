import Foundation
import MartletCore
import MartletData
import MartletFeatures

/// The row that a request describes, checked against what training saw and what the contract promises.
struct RowRequest: Sendable {
    /// The row's columns, missing ones included.
    var values: [String: Value]
    /// The entity, in the view's order.
    let entity: [Value]
    /// The event time, counted as the view does.
    let time: Int64
    /// What is unusual without being wrong.
    let warnings: [String]

    /// Reads a request's object. Members that are objects or arrays are spelt out: `{"competitor": {"1": 0.05}}` is
    /// `competitor_1`.
    /// - Parameter chosen: the column that is not in the request because it is what the answer chooses.
    /// - Throws: `invalidInput`, naming every field that is missing or wrong.
    init(_ body: JSONValue, card: ModelCard, view: FeatureView, contract: Contract, chosen: String) throws {
        guard let members = body.object else {
            throw MartletError(.invalidInput, "expected a JSON object with the row's fields, found \(body.kind)")
        }
        var reader = FieldReader(bounds: view.bounds)
        try reader.flatten(members)
        let columns = card.inputs.filter { $0.name != chosen }
        reader.refuseUnknown(known: columns.map(\.name))
        let keys = Set(view.entity + [view.eventTime])
        for column in columns { reader.read(column, isKey: keys.contains(column.name), contract: contract.property(column.name)) }
        let time = reader.time(view.eventTime, kind: card.timeKind)
        try reader.finish()
        values = reader.values
        entity = view.entity.map { reader.values[$0] ?? .missing }
        self.time = time ?? 0
        warnings = reader.warnings
    }
}

/// Reads fields one by one and gathers what is wrong with them.
private struct FieldReader {
    /// The most fields that a request may have: more are refused before they are looked at.
    static let fieldCountMax = 2_000
    /// The most bytes of a text field.
    static let textSizeMaxBytes = 256
    /// The most faults that are told at once.
    static let faultCountMax = 20

    let bounds: [ColumnBounds]
    var fields: [String: JSONValue] = [:]
    var values: [String: Value] = [:]
    var faults: [String] = []
    var warnings: [String] = []

    init(bounds: [ColumnBounds]) { self.bounds = bounds }

    /// Takes scalars by name, and members of objects and elements of arrays as `name_key` and `name_1`.
    mutating func flatten(_ members: [String: JSONValue]) throws {
        for (name, value) in members {
            switch value {
            case .object(let inner): for (key, value) in inner { try take("\(name)_\(key)", value) }
            case .array(let inner): for (position, value) in inner.enumerated() { try take("\(name)_\(position + 1)", value) }
            default: try take(name, value)
            }
        }
    }

    private mutating func take(_ name: String, _ value: JSONValue) throws {
        guard fields.updateValue(value, forKey: name) == nil else {
            throw MartletError(.invalidInput, "field '\(name.prefix(80))' stands twice, by itself and spelt out; remove one")
        }
        guard fields.count <= Self.fieldCountMax else {
            throw MartletError(.invalidInput, "expected at most \(Self.fieldCountMax) fields, found more; send one row")
        }
    }

    mutating func refuseUnknown(known: [String]) {
        let names = Set(known)
        for name in fields.keys.filter({ !names.contains($0) }).sorted().prefix(Self.faultCountMax) {
            let hint =
                nearest(to: String(name.prefix(80)), among: known).map { "did you mean '\($0)'?" }
                ?? "the fields are \(known.sorted().joined(separator: ", "))"
            faults.append("field '\(name.prefix(80))' is unknown; \(hint)")
        }
    }

    mutating func read(_ column: InputColumn, isKey: Bool, contract: Contract.Property?) {
        guard applies(column) else {
            values[column.name] = .missing
            return
        }
        let json = fields[column.name] ?? .null
        guard json != .null else {
            values[column.name] = .missing
            if column.presence != .optional { faults.append("field '\(column.name)' is missing; expected \(expected(column))") }
            return
        }
        guard let value = Value(json), hasType(value, column) else {
            faults.append("field '\(column.name)': expected \(expected(column)), found \(shown(json))")
            return
        }
        values[column.name] = value
        check(value, column, isKey: isKey, contract: contract)
    }

    /// Where training never had the column for this category, the request's value counts as missing.
    private func applies(_ column: InputColumn) -> Bool {
        guard case .requiredUnless(let other, let names) = column.presence, let value = fields[other].flatMap(Value.init),
            let name = value.categoryName
        else { return true }
        return !names.contains(name)
    }

    private func hasType(_ value: Value, _ column: InputColumn) -> Bool {
        switch value {
        case .text(let text): column.isText && text.utf8.count <= Self.textSizeMaxBytes
        case .real(let number): !column.isText && number.isFinite
        case .integer: true
        case .boolean: !column.isText
        case .missing: false
        }
    }

    private func expected(_ column: InputColumn) -> String {
        guard !column.isText else { return "a text of at most \(Self.textSizeMaxBytes) bytes" }
        guard let low = column.minimum, let high = column.maximum else { return "a number" }
        return "a number (training saw \(low) to \(high))"
    }

    private func shown(_ json: JSONValue) -> String {
        switch json {
        case .array, .object: json.kind
        default: "'\((json.string ?? json.canonicalText).prefix(60))'"
        }
    }

    /// Values that training saw must keep the contract's rules, so that these evidently speak of the same quantity; then
    /// the request is held to them too. Beyond that, values outside training's range are worth a warning.
    private mutating func check(_ value: Value, _ column: InputColumn, isKey: Bool, contract: Contract.Property?) {
        if let contract {
            let seen = [column.minimum, column.maximum].compactMap { $0 }.map(Value.real)
            let speaksOfTheSame = isKey || column.isText || seen.allSatisfy { contract.violation(of: $0) == nil }
            if speaksOfTheSame, let violation = contract.violation(of: value) {
                faults.append("field '\(column.name)': \(violation)")
                return
            }
        }
        if let broken = bounds.first(where: { $0.concern(column.name) && !$0.admit(value.double) }) {
            faults.append("field '\(column.name)': expected \(broken.words), found '\("\(value)".prefix(60))'")
            return
        }
        guard !isKey, let low = column.minimum, let high = column.maximum, !(low...high).contains(value.double), !column.isText else {
            return
        }
        warnings.append("field '\(column.name)' is \(value), outside what training saw (\(low) to \(high))")
    }

    mutating func time(_ name: String, kind: String) -> Int64? {
        guard let value = values[name], value != .missing, let kind = EventTimeKind(rawValue: kind) else { return nil }
        if let count = kind.count(value) { return count }
        faults.append("field '\(name)': expected \(kind.expectation), found '\("\(value)".prefix(60))'")
        return nil
    }

    func finish() throws {
        guard faults.isEmpty else { throw MartletError(.invalidInput, faults.prefix(Self.faultCountMax).joined(separator: "; ")) }
    }
}
