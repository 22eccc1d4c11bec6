public import MartletCore

/// A rule about a table as a whole: a measure and what it must be.
public struct QualityRule: Codable, Sendable, Hashable {
    /// What is measured over the rows that remain after quarantine.
    public enum Metric: Codable, Sendable, Hashable {
        /// Rows.
        case rowCount
        /// Rows where a column is missing.
        case nullValues(column: String)
        /// Rows where a column has one of these values; null among them counts missing ones too.
        case missingValues(column: String, [JSONValue])
        /// Rows where a column has a value that breaks one of these constraints.
        case invalidValues(column: String, [Constraint])
        /// Rows beyond the first of each combination of values that are not missing.
        case duplicateValues(columns: [String])
        /// The number or boolean that a query gives; `{object}` stands for the table, `{property}` for the column.
        case sql(String, column: String?)
    }

    /// What a measure must be.
    public enum Comparison: Codable, Sendable, Hashable {
        /// `mustBe`.
        case equal(Double)
        /// `mustNotBe`.
        case notEqual(Double)
        /// `mustBeGreaterThan`.
        case greater(Double)
        /// `mustBeGreaterOrEqualTo`.
        case greaterOrEqual(Double)
        /// `mustBeLessThan`.
        case less(Double)
        /// `mustBeLessOrEqualTo`.
        case lessOrEqual(Double)
        /// Both bounds are allowed.
        case between(Double, Double)
        /// Both bounds are forbidden.
        case notBetween(Double, Double)
    }

    /// How messages name the rule.
    public let name: String
    /// What is measured.
    public let metric: Metric
    /// What the measure must be.
    public let comparison: Comparison
    /// Whether the measure is in percent of the rows instead of in rows.
    public let isPercent: Bool
    /// Whether breaking it is reported (`severity: info` or `warning`) and not refused.
    public let isWarning: Bool
}

extension QualityRule.Comparison: CustomStringConvertible {
    /// Whether a measure is as it must be.
    func holds(for value: Double) -> Bool {
        switch self {
        case .equal(let bound): value == bound
        case .notEqual(let bound): value != bound
        case .greater(let bound): value > bound
        case .greaterOrEqual(let bound): value >= bound
        case .less(let bound): value < bound
        case .lessOrEqual(let bound): value <= bound
        case .between(let low, let high): low <= value && value <= high
        case .notBetween(let low, let high): value < low || high < value
        }
    }

    /// Whether only zero is allowed among counts of rows (or, in percent, among shares).
    func allowsOnlyZero(percent: Bool) -> Bool {
        switch self {
        case .equal(0), .lessOrEqual(0): true
        case .less(let bound): !percent && bound > 0 && bound <= 1
        default: false
        }
    }

    /// In words, for messages.
    public var description: String {
        switch self {
        case .equal(let bound): "exactly \(plain(bound))"
        case .notEqual(let bound): "anything but \(plain(bound))"
        case .greater(let bound): "more than \(plain(bound))"
        case .greaterOrEqual(let bound): "at least \(plain(bound))"
        case .less(let bound): "less than \(plain(bound))"
        case .lessOrEqual(let bound): "at most \(plain(bound))"
        case .between(let low, let high): "between \(plain(low)) and \(plain(high))"
        case .notBetween(let low, let high): "outside \(plain(low)) to \(plain(high))"
        }
    }
}

/// A number without a needless `.0`.
func plain(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? "\(value)"
}
