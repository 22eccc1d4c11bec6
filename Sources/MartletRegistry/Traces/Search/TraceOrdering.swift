import MartletStore

/// The orders of a search of traces as joins and terms behind `ORDER BY`. What is missing comes last in both directions.
struct TraceOrdering {
    private(set) var joins = SQLPart("")
    private(set) var terms: [String] = []

    init(_ orders: [SearchOrder], _ keys: KeySession) throws {
        for order in orders { try add(order, keys) }
    }

    private mutating func add(_ order: SearchOrder, _ keys: KeySession) throws {
        switch order.entity {
        case .tag: try addJoin(.tags, order, keys)
        case .metadata:
            guard TraceUsage(rawValue: order.key) == nil else {
                throw TrackingFault(
                    .invalidParameterValue,
                    "Ordering by reserved metadata '\(order.key)' is not supported because it is represented by multiple columns.")
            }
            try addJoin(.metadata, order, keys)
        default: addAttribute(order)
        }
    }

    private mutating func addAttribute(_ order: SearchOrder) {
        if order.key == "status" { return terms.append(Self.stateTerm + RunOrdering.direction(order)) }
        guard let column = TraceColumn.column(order.key) else { return }
        if order.key == "execution_time_ms" { terms.append("\(column) IS NULL") }
        terms.append(column + RunOrdering.direction(order))
    }

    /// A key that no trace has sorts nothing.
    private mutating func addJoin(_ table: TraceTexts, _ order: SearchOrder, _ keys: KeySession) throws {
        guard let key = try keys.number(of: order.key) else { return }
        let alias = "o\(terms.count)"
        joins.sql += " LEFT JOIN \(table.rawValue) AS \(alias) ON \(alias).trace = t.number AND \(alias).key = ?"
        joins.values.append(.integer(key))
        terms += ["\(alias).value IS NULL", "\(alias).value\(RunOrdering.direction(order))"]
    }

    /// MLflow sorts the names.
    private static let stateTerm: String = {
        let sorted = TraceInfo.State.allCases.sorted { $0.name < $1.name }
        return "CASE t.state \(sorted.enumerated().map { "WHEN \($1.rawValue) THEN \($0)" }.joined(separator: " ")) END"
    }()
}
