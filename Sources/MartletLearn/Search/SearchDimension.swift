import Foundation
public import MartletCore

/// The values that a search may give one parameter.
public enum SearchDimension: Sendable, Equatable {
    /// How the values of a range lie.
    public enum Spacing: Sendable, Equatable {
        /// Anywhere, each as likely as any other.
        case linear
        /// Anywhere, each order of magnitude as likely as any other; for ranges above 0.
        case logarithmic
        /// From the lower end on in steps of this size, which is above 0; whole for whole numbers.
        case step(Double)
    }

    /// Numbers of a range, its ends included.
    case real(ClosedRange<Double>, Spacing)
    /// Whole numbers of a range, its ends included.
    case integer(ClosedRange<Int>, Spacing)
    /// One of these; not empty.
    case choice([JSONValue])

    /// How many values there are; `nil` where they cannot be counted through.
    public var valueCount: Int? {
        switch self {
        case .real(let range, .step(let step)): Self.count(range.upperBound - range.lowerBound, step)
        case .real(let range, _): range.lowerBound == range.upperBound ? 1 : nil
        case .integer(let range, .step(let step)): Self.count(Double(range.upperBound) - Double(range.lowerBound), step)
        case .integer(let range, .linear): range.count
        case .integer(let range, .logarithmic): range.count == 1 ? 1 : nil
        case .choice(let values): values.count
        }
    }

    /// Two thirds of a tenth in steps of a third of a tenth are two steps, although binary has it a little less.
    private static func count(_ width: Double, _ step: Double) -> Int? { Int(exactly: (width / step + 1e-9).rounded(.down)).map { $0 + 1 } }

    /// The value at a place of those that can be counted through.
    func value(at index: Int) -> JSONValue {
        switch self {
        case .real(let range, let spacing):
            // Steps are decimal for people: 0.1 + 2 · 0.1 is 0.3.
            .number(Self.decimal(range.lowerBound + Double(index) * spacing.size))
        case .integer(let range, let spacing): .integer(Int64(range.lowerBound + index * Int(spacing.size)))
        case .choice(let values): values[index]
        }
    }

    /// The value below which a share of all lies. - Parameter share: in [0, 1).
    func value(atShare share: Double) -> JSONValue {
        switch self {
        case .real(let range, .linear):
            .number(min(range.lowerBound + share * (range.upperBound - range.lowerBound), range.upperBound))
        case .real(let range, .logarithmic): .number(Self.logarithmic(range, share))
        case .integer(let range, .logarithmic):
            // Half a number beyond either end, so that both are as likely as their neighbours (as Optuna has it).
            .integer(Int64(Self.logarithmic(Double(range.lowerBound) - 0.5...Double(range.upperBound) + 0.5, share).rounded(range)))
        case .real, .integer, .choice: value(at: min(Int(share * Double(valueCount ?? 1)), (valueCount ?? 1) - 1))
        }
    }

    private static func logarithmic(_ range: ClosedRange<Double>, _ share: Double) -> Double {
        let (low, high) = (log(range.lowerBound), log(range.upperBound))
        return min(max(exp(low + share * (high - low)), range.lowerBound), range.upperBound)
    }

    /// The same to 12 digits.
    private static func decimal(_ value: Double) -> Double { Double(String(format: "%.12g", value)) ?? value }
}

extension SearchDimension.Spacing {
    fileprivate var size: Double { if case .step(let size) = self { size } else { 1 } }
}

extension Double {
    /// The nearest whole number of a range.
    fileprivate func rounded(_ range: ClosedRange<Int>) -> Int { Swift.min(Swift.max(Int(rounded()), range.lowerBound), range.upperBound) }
}
