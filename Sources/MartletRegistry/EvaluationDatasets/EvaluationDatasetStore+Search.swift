import MartletStore

extension EvaluationDatasetStore {
    /// Datasets without their records.
    /// - Parameter experiments: of any of which they must be; none for all.
    /// - Parameter orders: of `SearchOrder.orders`; where it is empty the latest come first.
    /// - Parameter limit: the most datasets of the page, at least 1.
    /// - Parameter principal: who asks; what they may not read is passed over.
    package func search(
        experiments: [String] = [], filter: SearchFilter, orders: [SearchOrder] = [], limit: Int, offset: Int = 0,
        readableBy principal: Principal = .everybody
    ) async throws -> TrackingPage<EvaluationDataset> {
        try TrackingStore.check(limit: limit)
        guard experiments.count <= TrackingStore.searchExperimentCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "a search is of at most \(TrackingStore.searchExperimentCountMax) experiments, found \(experiments.count); split it")
        }
        let orders = try orders.isEmpty ? SearchOrder.orders(parsing: [], of: .evaluationDatasets) : orders
        return try await tracking.read { session in
            let comparison = ColumnComparison(dialect: session.connection.dialect)
            var parts = try filter.comparisons.map { try Self.condition($0, comparison) }
            if !experiments.isEmpty { parts.append(Self.condition(experiments)) }
            if let readable = SQLPart.datasets("d.number", readableBy: principal) { parts.append(readable) }
            let part = SQLPart.all(parts)
            let terms = orders.compactMap { order in Self.column(order.key).map { $0 + RunOrdering.direction(order) } }
            var found: [NumberedDataset] = []
            try session.connection.query(
                once: """
                    SELECT \(NumberedDataset.columns) FROM evaluation_datasets AS d WHERE \(part.sql)
                    ORDER BY \(terms.joined(separator: ", ")) LIMIT ? OFFSET ?
                    """,
                part.values + [.integer(Int64(limit) + 1), .integer(Int64(max(0, offset)))]
            ) { found.append(NumberedDataset(row: $0)) }
            let page = TrackingPage(found, limit: limit)
            return TrackingPage(try session.withTags(page.elements).map(\.dataset), hasMore: page.hasMore)
        }
    }

    private static func condition(_ experiments: [String]) -> SQLPart {
        SQLPart(
            """
            EXISTS (SELECT 1 FROM evaluation_dataset_experiments AS e
            WHERE e.dataset = d.number AND e.experiment IN (\(NumberList.placeholders(experiments.count))))
            """, experiments.map(SQLValue.text))
    }

    private static func condition(_ given: SearchComparison, _ comparison: ColumnComparison) throws -> SQLPart {
        if given.entity == .tag {
            let value = try comparison.condition("t.value", given.comparator, given.value)
            return SQLPart(
                "EXISTS (SELECT 1 FROM evaluation_dataset_tags AS t WHERE t.dataset = d.number AND t.key = ? AND \(value.sql))",
                [.text(given.key)] + value.values)
        }
        guard let column = column(given.key) else { return .never }
        return try comparison.condition(column, given.comparator, given.value)
    }

    private static func column(_ attribute: String) -> String? {
        switch attribute {
        case "dataset_id": "d.id"
        case "name": "d.name"
        case "created_time": "d.created_at"
        case "last_update_time": "d.updated_at"
        case "created_by": "d.created_by"
        case "last_updated_by": "d.updated_by"
        default: nil
        }
    }
}
