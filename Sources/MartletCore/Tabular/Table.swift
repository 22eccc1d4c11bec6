/// One cell of a table.
public enum Value: Hashable, Sendable {
    case missing
    case boolean(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)

    /// The value as a number; `nan` where it is missing or a text.
    public var double: Double {
        switch self {
        case .missing, .text: .nan
        case .boolean(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .real(let value): value
        }
    }

    /// The value as JSON; a number that is not finite becomes null.
    public var json: JSONValue {
        switch self {
        case .missing: .null
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(value)
        case .real(let value): JSONValue(finite: value)
        case .text(let value): .string(value)
        }
    }

    /// The value of a JSON scalar; `nil` for an array or an object.
    public init?(_ json: JSONValue) {
        switch json {
        case .null: self = .missing
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .real(value)
        case .string(let value): self = .text(value)
        case .array, .object: return nil
        }
    }
}

extension Value: CustomStringConvertible {
    /// The value as people write it; empty where missing.
    public var description: String {
        switch self {
        case .missing: ""
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): value
        }
    }
}

extension Value {
    /// The value as the name of a category: whole numbers are written as integers, so that `2` and `2.0` are one; `nil`
    /// where it is missing.
    public var categoryName: String? {
        switch self {
        case .missing: nil
        case .real(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        default: description
        }
    }
}

/// A named column: all values of one type.
public struct Column: Sendable, Equatable {
    /// The values, by type. `nil` is missing; in `real`, `nan` is.
    public enum Values: Sendable, Equatable {
        case boolean([Bool?])
        case integer([Int64?])
        case real([Double])
        case text([String?])
    }

    /// The column's name.
    public let name: String
    /// The column's values.
    public var values: Values

    /// Makes a column.
    public init(_ name: String, _ values: Values) {
        self.name = name
        self.values = values
    }

    /// How many values there are.
    public var count: Int {
        switch values {
        case .boolean(let values): values.count
        case .integer(let values): values.count
        case .real(let values): values.count
        case .text(let values): values.count
        }
    }

    /// The value in a row.
    public subscript(row: Int) -> Value {
        switch values {
        case .boolean(let values): values[row].map(Value.boolean) ?? .missing
        case .integer(let values): values[row].map(Value.integer) ?? .missing
        case .real(let values): values[row].isNaN ? .missing : .real(values[row])
        case .text(let values): values[row].map(Value.text) ?? .missing
        }
    }

    /// All values as numbers; `nan` where missing or text. - Complexity: O(rows).
    public var doubles: [Double] {
        switch values {
        case .real(let values): values
        case .integer(let values): values.map { $0.map(Double.init) ?? .nan }
        case .boolean(let values): values.map { $0.map { $0 ? 1 : 0 } ?? .nan }
        case .text(let values): values.map { _ in .nan }
        }
    }

    /// All values as integers. - Throws: `invalidInput` where a value is missing or not whole.
    public func integers() throws -> [Int64] {
        try (0..<count).map { row in
            switch self[row] {
            case .integer(let value): return value
            case .real(let value) where value == value.rounded():
                if let whole = Int64(exactly: value) { return whole }
            default: break
            }
            throw MartletError(.invalidInput, "column '\(name)': expected a whole number, found '\(self[row])' in row \(row + 1)")
        }
    }

    /// The values of some rows, in that order.
    public func taking(_ rows: [Int]) -> Column {
        switch values {
        case .boolean(let values): Column(name, .boolean(rows.map { values[$0] }))
        case .integer(let values): Column(name, .integer(rows.map { values[$0] }))
        case .real(let values): Column(name, .real(rows.map { values[$0] }))
        case .text(let values): Column(name, .text(rows.map { values[$0] }))
        }
    }
}

/// Columns of equal length, in memory.
public struct Table: Sendable, Equatable {
    /// The columns, in order; names are unique.
    public let columns: [Column]
    /// How many rows there are.
    public let rowCount: Int
    private let positions: [String: Int]

    /// Makes a table. Names must differ and lengths must agree.
    public init(_ columns: [Column]) {
        self.columns = columns
        rowCount = columns.first?.count ?? 0
        precondition(columns.allSatisfy { $0.count == columns[0].count }, "columns differ in length")
        positions = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
    }

    /// The names, in order.
    public var names: [String] { columns.map(\.name) }

    /// The column of a name.
    public subscript(name: String) -> Column? { positions[name].map { columns[$0] } }

    /// The column of a name. - Throws: `notFound`, with the names that are there.
    public func column(_ name: String) throws -> Column {
        guard let column = self[name] else {
            throw MartletError(.notFound, "there is no column '\(name)'; the columns are \(names.joined(separator: ", "))")
        }
        return column
    }

    /// Some rows, in that order.
    public func taking(_ rows: [Int]) -> Table { Table(columns.map { $0.taking(rows) }) }
}

extension Column {
    /// The values of this column followed by another's of the same type.
    public func appending(_ other: Column) -> Column {
        switch (values, other.values) {
        case (.boolean(let left), .boolean(let right)): Column(name, .boolean(left + right))
        case (.integer(let left), .integer(let right)): Column(name, .integer(left + right))
        case (.text(let left), .text(let right)): Column(name, .text(left + right))
        default: Column(name, .real(doubles + other.doubles))
        }
    }
}
