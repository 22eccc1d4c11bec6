import MartletStore

extension TraceStore {
    /// Traces of some experiments, without their spans.
    ///
    /// A page that is full says that there is more behind it, as MLflow's does, even where there is not.
    /// - Parameter orders: of `SearchOrder.orders`; where it is empty the latest come first.
    /// - Parameter limit: the most traces of the page, at least 1.
    package func search(
        experiments: [Int64], filter: SearchFilter, orders: [SearchOrder], limit: Int, offset: Int = 0
    ) async throws -> TrackingPage<TraceInfo> {
        try TrackingStore.check(limit: limit)
        guard experiments.count <= TrackingStore.searchExperimentCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "a search is of at most \(TrackingStore.searchExperimentCountMax) experiments, found \(experiments.count); split it")
        }
        guard !experiments.isEmpty else { return TrackingPage([], hasMore: false) }
        let orders = try orders.isEmpty ? SearchOrder.orders(parsing: [], of: .traces) : orders
        let distinct = Set(experiments).sorted()
        return try await tracking.read { session in
            let rows = try session.traces(distinct, filter, orders, limit: limit, offset: max(0, offset))
            return TrackingPage(try session.complete(rows), hasMore: rows.count == limit)
        }
    }
}

extension TrackingSession {
    fileprivate func traces(
        _ experiments: [Int64], _ filter: SearchFilter, _ orders: [SearchOrder], limit: Int, offset: Int
    ) throws -> [TraceRow] {
        let conditions = try TraceConditions(self, experiments: experiments).conditions(filter.comparisons)
        let condition = SQLPart.all([.column("t.experiment", among: experiments)] + conditions)
        let ordering = try TraceOrdering(orders, keys)
        var rows: [TraceRow] = []
        try connection.query(
            once: """
                SELECT \(TraceRow.columns) FROM traces AS t\(ordering.joins.sql) WHERE \(condition.sql)
                ORDER BY \(ordering.terms.joined(separator: ", ")) LIMIT ? OFFSET ?
                """,
            ordering.joins.values + condition.values + [.integer(Int64(limit)), .integer(Int64(offset))]
        ) { rows.append(TraceRow(row: $0)) }
        return rows
    }
}
