import Foundation
import MartletCore

/// A formula over the columns of one row, such as `log(price / mean_price_13)`.
///
/// The same evaluator serves training (all rows at once) and requests (all candidates at once), so a feature cannot be
/// computed in two ways. Missing values are `nan`: arithmetic, `log`, `exp`, `sqrt` and `abs` pass them on; `min`,
/// `max`, `mean` and `coalesce` skip them and are missing only where every argument is. `log` of zero or less and
/// division by zero are missing.
///
/// Grammar: numbers, column names, `+ - * /`, parentheses, and the functions above. A name that ends in `*` inside a
/// function's arguments stands for every column that begins so (`mean(competitor_*)`).
public struct RowExpression: Sendable, Equatable {
    indirect enum Node: Sendable, Equatable {
        case number(Double)
        case column(String)
        case prefix(String)
        case call(Function, [Node])
    }

    enum Function: String, Sendable, CaseIterable {
        case add = "+", subtract = "-", multiply = "*", divide = "/", negate
        case log, exp, sqrt, abs, min, max, mean, coalesce

        /// The names that can be written with parentheses.
        static let named: [Function] = [.log, .exp, .sqrt, .abs, .min, .max, .mean, .coalesce]

        /// How many arguments the function takes.
        var arity: ClosedRange<Int> {
            switch self {
            case .negate, .log, .exp, .sqrt, .abs: 1...1
            case .add, .subtract, .multiply, .divide: 2...2
            case .min, .max, .mean, .coalesce: 1...1_000
            }
        }
    }

    /// The formula as it was written.
    public let text: String
    let node: Node

    /// Parses a formula. - Throws: `invalidInput`, naming the position, what was expected and what came; `limitExceeded`
    /// beyond 100 levels or 1,000 operators.
    public init(_ text: String) throws {
        self.text = text
        var parser = ExpressionParser(text)
        node = try parser.parse()
    }

    /// The columns that the formula reads; a name with a trailing `*` stands for all that begin so.
    public var columns: Set<String> { Self.columns(of: node) }

    private static func columns(of node: Node) -> Set<String> {
        switch node {
        case .number: []
        case .column(let name): [name]
        case .prefix(let name): [name + "*"]
        case .call(_, let arguments): arguments.reduce(into: []) { $0.formUnion(columns(of: $1)) }
        }
    }

    /// The columns of `available` that the formula reads, prefixes resolved.
    /// - Throws: `notFound` for a name that is not there, with the nearest one.
    package func resolvedColumns(among available: [String]) throws -> [String] {
        try columns.sorted().flatMap { name -> [String] in
            if name.hasSuffix("*") {
                let matches = available.filter { $0.hasPrefix(name.dropLast()) }
                guard matches.isEmpty else { return matches }
            } else if available.contains(name) {
                return [name]
            }
            let hint = nearest(to: name, among: available).map { "; did you mean '\($0)'?" } ?? "."
            throw MartletError(
                .notFound,
                "'\(text)': there is no column '\(name)'\(hint) The columns are \(available.joined(separator: ", "))"
            )
        }
    }

    /// The formula's value in each of `count` rows. - Complexity: O(count · size of the formula).
    package func evaluate(_ columns: ColumnBatch) throws -> [Double] {
        switch try Self.evaluate(node, columns) {
        case .scalar(let value): [Double](repeating: value, count: columns.count)
        case .vector(let values): values
        }
    }
}

/// Numeric columns of equal length by name; a column that is the same in all rows is held once.
package struct ColumnBatch: Sendable {
    package enum Values: Sendable {
        case scalar(Double)
        case vector([Double])
    }

    /// How many rows there are.
    package let count: Int
    package private(set) var columns: [String: Values]

    package init(count: Int, columns: [String: Values] = [:]) {
        self.count = count
        self.columns = columns
    }

    package subscript(name: String) -> Values? {
        get { columns[name] }
        set {
            if case .vector(let values)? = newValue { precondition(values.count == count) }
            columns[name] = newValue
        }
    }

    /// A column spelt out row by row.
    package func vector(_ name: String) -> [Double]? {
        switch columns[name] {
        case .scalar(let value): [Double](repeating: value, count: count)
        case .vector(let values): values
        case nil: nil
        }
    }
}

// MARK: - Evaluation

extension RowExpression {
    private static func evaluate(_ node: Node, _ columns: ColumnBatch) throws -> ColumnBatch.Values {
        switch node {
        case .number(let value): return .scalar(value)
        case .column(let name):
            guard let values = columns[name] else { throw MartletError(.notFound, "there is no column '\(name)'") }
            return values
        case .prefix(let name): throw MartletError(.invalidInput, "'\(name)*' can stand only inside min, max, mean or coalesce")
        case .call(let function, let arguments):
            let values = try arguments.flatMap { argument -> [ColumnBatch.Values] in
                guard case .prefix(let name) = argument else { return [try evaluate(argument, columns)] }
                // Names that begin with two underscores are the joined rows' own bookkeeping.
                return columns.columns.filter { $0.key.hasPrefix(name) && !$0.key.hasPrefix("__") }.sorted { $0.key < $1.key }.map(\.value)
            }
            return apply(function, values, count: columns.count)
        }
    }

    private static func apply(_ function: Function, _ values: [ColumnBatch.Values], count: Int) -> ColumnBatch.Values {
        switch function {
        case .negate: map(values[0]) { -$0 }
        case .log: map(values[0]) { $0 > 0 ? Foundation.log($0) : .nan }
        case .exp: map(values[0]) { Foundation.exp($0) }
        case .sqrt: map(values[0]) { $0 >= 0 ? $0.squareRoot() : .nan }
        case .abs: map(values[0]) { Swift.abs($0) }
        case .add: zip(values[0], values[1]) { $0 + $1 }
        case .subtract: zip(values[0], values[1]) { $0 - $1 }
        case .multiply: zip(values[0], values[1]) { $0 * $1 }
        case .divide: zip(values[0], values[1]) { $1 == 0 ? .nan : $0 / $1 }
        case .min: fold(values) { $0.isNaN ? $1 : $1.isNaN ? $0 : Swift.min($0, $1) }
        case .max: fold(values) { $0.isNaN ? $1 : $1.isNaN ? $0 : Swift.max($0, $1) }
        case .coalesce: fold(values) { $0.isNaN ? $1 : $0 }
        case .mean: mean(values)
        }
    }

    private static func map(_ values: ColumnBatch.Values, _ body: (Double) -> Double) -> ColumnBatch.Values {
        switch values {
        case .scalar(let value): .scalar(body(value))
        case .vector(let values): .vector(values.map(body))
        }
    }

    private static func zip(
        _ left: ColumnBatch.Values, _ right: ColumnBatch.Values, _ body: (Double, Double) -> Double
    ) -> ColumnBatch.Values {
        switch (left, right) {
        case (.scalar(let a), .scalar(let b)): .scalar(body(a, b))
        case (.vector(let a), .scalar(let b)): .vector(a.map { body($0, b) })
        case (.scalar(let a), .vector(let b)): .vector(b.map { body(a, $0) })
        case (.vector(let a), .vector(let b)): .vector(Swift.zip(a, b).map { body($0, $1) })
        }
    }

    private static func fold(_ values: [ColumnBatch.Values], _ body: (Double, Double) -> Double) -> ColumnBatch.Values {
        guard let first = values.first else { return .scalar(.nan) }
        return values.dropFirst().reduce(first) { zip($0, $1, body) }
    }

    private static func mean(_ values: [ColumnBatch.Values]) -> ColumnBatch.Values {
        let sum = fold(values.map { map($0) { $0.isNaN ? 0 : $0 } }) { $0 + $1 }
        let count = fold(values.map { map($0) { $0.isNaN ? 0 : 1 } }) { $0 + $1 }
        return zip(sum, count) { $1 == 0 ? .nan : $0 / $1 }
    }
}
