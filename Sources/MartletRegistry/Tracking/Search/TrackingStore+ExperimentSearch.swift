import MartletStore

extension TrackingStore {
    /// Experiments with their tags.
    /// - Parameter orders: of `SearchOrder.orders`; where it is empty the latest come first.
    /// - Parameter limit: the most experiments of the page, at least 1.
    package func searchExperiments(
        filter: SearchFilter, orders: [SearchOrder], view: StageView = .activeOnly, limit: Int, offset: Int = 0,
        readableBy principal: Principal = .everybody
    ) async throws -> TrackingPage<Experiment> {
        try Self.check(limit: limit)
        let orders = try orders.isEmpty ? SearchOrder.orders(parsing: [], of: .experiments) : orders
        return try await read { session in
            let comparison = ColumnComparison(dialect: session.connection.dialect)
            let conditions = try filter.comparisons.map { try ExperimentConditions.condition($0, comparison) }
            let readable = SQLPart.experiments("e.id", readableBy: principal).map { [$0] } ?? []
            let part = SQLPart.all([.column("e.stage", among: view.stages)] + conditions + readable)
            let terms = orders.compactMap { order in
                ExperimentConditions.column(order.key).map { $0 + RunOrdering.direction(order) }
            }
            var found: [Experiment] = []
            try session.connection.query(
                once: """
                    SELECT \(Experiment.columns) FROM tracked_experiments AS e WHERE \(part.sql)
                    ORDER BY \(terms.joined(separator: ", ")) LIMIT ? OFFSET ?
                    """,
                part.values + [.integer(Int64(limit) + 1), .integer(Int64(max(0, offset)))]
            ) { found.append(Experiment(row: $0)) }
            var page = TrackingPage(found, limit: limit)
            try session.addTags(to: &page.elements)
            return page
        }
    }
}

/// The comparisons of a filter of experiments as conditions on `tracked_experiments AS e`.
enum ExperimentConditions {
    static func column(_ attribute: String) -> String? {
        switch attribute {
        case "name": "e.name"
        case "experiment_id": "e.id"
        case "creation_time": "e.created_at"
        case "last_update_time": "e.updated_at"
        default: nil
        }
    }

    static func condition(_ given: SearchComparison, _ comparison: ColumnComparison) throws -> SQLPart {
        if given.entity == .tag { return try tag(given, comparison) }
        guard let column = column(given.key) else { return .never }
        return try comparison.condition(column, given.comparator, given.value)
    }

    private static func tag(_ given: SearchComparison, _ comparison: ColumnComparison) throws -> SQLPart {
        let row = "SELECT 1 FROM tracked_experiment_tags AS t WHERE t.experiment = e.id AND t.key = ?"
        switch given.comparator {
        case .isNull: return SQLPart("NOT EXISTS (\(row))", [.text(given.key)])
        case .isNotNull: return SQLPart("EXISTS (\(row))", [.text(given.key)])
        default:
            let value = try comparison.condition("t.value", given.comparator, given.value)
            return SQLPart("EXISTS (\(row) AND \(value.sql))", [.text(given.key)] + value.values)
        }
    }
}
