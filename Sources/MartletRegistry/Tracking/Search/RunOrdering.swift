import MartletStore

/// The orders of a search of runs as joins and terms behind `ORDER BY`.
struct RunOrdering {
    private(set) var joins = SQLPart("")
    private(set) var terms: [String] = []

    init(_ orders: some Sequence<SearchOrder>, _ keys: KeySession) throws {
        for order in orders { try add(order, keys) }
    }

    private mutating func add(_ order: SearchOrder, _ keys: KeySession) throws {
        switch order.entity {
        case .metric: try addJoin("latest_metrics", order, keys, isMetric: true)
        case .parameter: try addJoin("tracked_run_parameters", order, keys)
        case .tag: try addJoin("tracked_run_tags", order, keys)
        default: addAttribute(order)
        }
    }

    private mutating func addAttribute(_ order: SearchOrder) {
        if order.key == "status" {
            terms.append(Self.statusTerm + Self.direction(order))
        } else if let column = RunColumn.column(order.key) {
            if order.key == "end_time" { terms.append("\(column) IS NULL") }
            terms.append(column + Self.direction(order))
        }
    }

    /// A key that no run has sorts nothing.
    private mutating func addJoin(_ table: String, _ order: SearchOrder, _ keys: KeySession, isMetric: Bool = false) throws {
        guard let key = try keys.number(of: order.key) else { return }
        let alias = "o\(terms.count)"
        joins.sql += " LEFT JOIN \(table) AS \(alias) ON \(alias).run = r.number AND \(alias).key = ?"
        joins.values.append(.integer(key))
        terms.append(
            isMetric ? "CASE WHEN \(alias).value IS NULL THEN 2 ELSE \(alias).is_nan END" : "\(alias).value IS NULL")
        terms.append("\(alias).value\(Self.direction(order))")
    }

    /// MLflow sorts the names.
    private static let statusTerm: String = {
        let sorted = TrackedRun.Status.allCases.sorted { $0.name < $1.name }
        return "CASE r.status \(sorted.enumerated().map { "WHEN \($1.rawValue) THEN \($0)" }.joined(separator: " ")) END"
    }()

    static func direction(_ order: SearchOrder) -> String { order.isAscending ? "" : " DESC" }
}
