import Foundation
import MartletCore

/// A random formula with its own evaluation, row by row: the model that `RowExpression` is held against.
indirect enum RandomFormula {
    case number(Double)
    case column(String)
    case negate(RandomFormula)
    case infix(Character, RandomFormula, RandomFormula)
    case call(String, [RandomFormula])
    case callPrefix(String, String)

    static func random(depth: Int, columns: [String], _ random: inout SplitMix64) -> RandomFormula {
        func next() -> RandomFormula { .random(depth: depth - 1, columns: columns, &random) }
        switch random.index(below: depth > 0 ? 9 : 2) {
        case 0: return .number(Double(random.index(below: 40)) / 8)
        case 1: return .column(columns[random.index(below: columns.count)])
        case 2: return .negate(next())
        case 3...5:
            let sign: Character = ["+", "-", "*", "/"][random.index(below: 4)]
            let left = next()
            return .infix(sign, left, next())
        case 6: return .call(["log", "exp", "sqrt", "abs"][random.index(below: 4)], [next()])
        case 7:
            let name = ["min", "max", "mean", "coalesce"][random.index(below: 4)]
            return .call(name, (0...random.index(below: 3)).map { _ in next() })
        default: return .callPrefix(["min", "max", "mean", "coalesce"][random.index(below: 4)], "c_")
        }
    }

    /// The formula with as few parentheses as its precedence allows, and random blanks.
    func text(_ random: inout SplitMix64, in context: Int = 0) -> String {
        let blank = random.unit() < 0.5 ? " " : ""
        switch self {
        case .number(let value): return "\(value)"
        case .column(let name): return name
        case .negate(let inner): return "-" + blank + inner.text(&random, in: 3)
        case .infix(let sign, let left, let right):
            let level = "+-".contains(sign) ? 1 : 2
            let text = left.text(&random, in: level) + blank + "\(sign) " + right.text(&random, in: level + 1)
            return level < context ? "(\(text))" : text
        case .call(let name, let arguments):
            return "\(name)\(blank)(" + arguments.map { $0.text(&random) }.joined(separator: ",\(blank)") + ")"
        case .callPrefix(let name, let prefix): return "\(name)(\(prefix)*\(blank))"
        }
    }

    func value(_ row: [String: Double]) -> Double {
        switch self {
        case .number(let value): return value
        case .column(let name): return row[name] ?? .nan
        case .negate(let inner): return -inner.value(row)
        case .infix(let sign, let left, let right):
            let (a, b) = (left.value(row), right.value(row))
            return switch sign {
            case "+": a + b
            case "-": a - b
            case "*": a * b
            default: b == 0 ? .nan : a / b
            }
        case .call(let name, let arguments): return Self.apply(name, arguments.map { $0.value(row) })
        case .callPrefix(let name, let prefix):
            return Self.apply(name, row.keys.filter { $0.hasPrefix(prefix) }.sorted().map { row[$0] ?? .nan })
        }
    }

    private static func apply(_ name: String, _ values: [Double]) -> Double {
        let present = values.filter { !$0.isNaN }
        switch name {
        case "log": return values[0] > 0 ? log(values[0]) : .nan
        case "exp": return exp(values[0])
        case "sqrt": return values[0] >= 0 ? values[0].squareRoot() : .nan
        case "abs": return abs(values[0])
        case "min": return present.min() ?? .nan
        case "max": return present.max() ?? .nan
        case "mean": return present.isEmpty ? .nan : present.reduce(0, +) / Double(present.count)
        default: return present.first ?? .nan
        }
    }
}
