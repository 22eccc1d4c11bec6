/// What the values of a snapshot's column look like. All figures are exact.
public struct ColumnProfile: Codable, Sendable, Hashable {
    /// The shares at which quantiles are taken.
    public static let quantileShares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
    /// How many of the most frequent texts are kept.
    public static let topCount = 5
    /// The longest text that a profile keeps, in characters; longer ones are cut.
    public static let textLengthMax = 200

    /// The column's name.
    public let name: String
    /// What it holds.
    public let type: LogicalType
    /// How many rows there are.
    public let count: Int
    /// How many of them are missing.
    public let nullCount: Int
    /// How many values differ.
    public let distinctCount: Int
    /// The smallest value; `nil` for booleans and where all are missing.
    public let minimum: Statistic?
    /// The largest value; `nil` for booleans and where all are missing.
    public let maximum: Statistic?
    /// The mean of numbers, or the share of true; `nil` for other types and where all are missing.
    public let mean: Double?
    /// The values at `quantileShares`: interpolated for numbers, values that occur for dates; empty for other types.
    public let quantiles: [Statistic]
    /// The most frequent texts, the most frequent first, equal ones in order of the text; empty for other types.
    public let top: [Frequency]

    /// A number, or a text: dates and timestamps are ISO 8601. Whole numbers beyond 2⁵³ are rounded.
    public enum Statistic: Sendable, Hashable {
        /// A number.
        case number(Double)
        /// A text.
        case text(String)
    }

    /// A text and how often it occurs.
    public struct Frequency: Codable, Sendable, Hashable {
        /// The text.
        public let value: String
        /// How many rows have it.
        public let count: Int
    }
}

extension ColumnProfile.Statistic: Codable {
    /// Reads a JSON number or string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A text is no number: the next attempt tells, and its error is the one thrown.
        if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    /// Writes a JSON number or string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        }
    }
}
