/// What a comparison or an order is about.
package enum SearchEntity: String, Sendable, Hashable {
    case metric, parameter, tag, attribute, dataset
    /// Only of traces.
    case metadata = "request_metadata"
    /// Only of traces.
    case span, feedback, expectation, issue
}

/// How two values are compared; the raw value is MLflow's and SQL's word for it.
package enum SearchComparator: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    /// With `%` and `_`, case matters: a `LikePattern`.
    case like = "LIKE"
    /// With `%` and `_`, ASCII case does not matter: a `LikePattern`.
    case ilike = "ILIKE"
    /// A regular expression; only of traces.
    case rlike = "RLIKE"
    case isIn = "IN"
    case isNotIn = "NOT IN"
    case isNull = "IS NULL"
    case isNotNull = "IS NOT NULL"
}

/// What a key is compared with.
package enum SearchValue: Sendable, Hashable {
    /// A whole number of an attribute: milliseconds, a version or an identifier.
    case integer(Int64)
    /// A metric's value, or a number of an attribute that is not whole or beyond `Int64`.
    case number(Double)
    case text(String)
    /// What `IN` and `NOT IN` compare with; never empty.
    case texts([String])
    /// What `IN` and `NOT IN` compare experiments' identifiers with; never empty.
    case integers([Int64])
    /// What `IS NULL` and `IS NOT NULL` compare with.
    case nothing
}

/// One comparison of a filter; a thing is found where all comparisons hold.
///
/// A comparison with a metric, parameter or tag that a thing does not have does not hold, except `isNull`.
package struct SearchComparison: Sendable, Hashable {
    package let entity: SearchEntity
    /// The key without quotes; of an attribute its one name, never an alias.
    package let key: String
    package let comparator: SearchComparator
    package let value: SearchValue

    package init(entity: SearchEntity, key: String, comparator: SearchComparator, value: SearchValue) {
        self.entity = entity
        self.key = key
        self.comparator = comparator
        self.value = value
    }

    /// How many `%` and `_` its pattern has; 0 where it compares with none.
    var wildcardCount: Int {
        guard comparator == .like || comparator == .ilike, case .text(let pattern) = value else { return 0 }
        return pattern.utf8.count { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "_") }
    }
}
