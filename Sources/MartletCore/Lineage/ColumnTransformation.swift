/// How a column of a result comes from a column that was read, in the words of OpenLineage's facet `columnLineage` (version 1.2).
///
/// A direct one gives the value; an indirect one only decides over it or over its row.
package enum ColumnTransformation: String, Sendable, CaseIterable {
    /// The value itself.
    case identity
    /// A value computed of it, row by row.
    case transformation
    /// A value computed of it over several rows.
    case aggregation
    /// It decides which rows there are: `WHERE`, `HAVING`, `QUALIFY`, `FILTER`.
    case filter
    /// It decides which rows come together.
    case join
    /// It decides which rows are one: `GROUP BY`, `DISTINCT`, `UNION`.
    case groupBy
    /// It decides over the order.
    case sort
    /// It decides over a window's rows or their order.
    case window
    /// It decides which of several values is taken: `CASE`, `if`.
    case conditional

    /// Whether the value comes from it, rather than depends on it.
    package var isDirect: Bool {
        switch self {
        case .identity, .transformation, .aggregation: true
        case .filter, .join, .groupBy, .sort, .window, .conditional: false
        }
    }

    /// OpenLineage's `type`.
    package var type: String { isDirect ? "DIRECT" : "INDIRECT" }

    /// OpenLineage's `subtype`.
    package var subtype: String { self == .groupBy ? "GROUP_BY" : rawValue.uppercased() }
}
