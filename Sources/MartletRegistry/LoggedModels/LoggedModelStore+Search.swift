import MartletStore

extension LoggedModelStore {
    /// The most datasets of one search.
    package static let searchDatasetCountMax = 100

    /// Active models of some experiments, with all that they have. Deleted experiments count too.
    /// - Parameter datasets: what a metric must be of that the filter compares; without such a comparison the models must have any
    ///   metric of them. Each must have a name; one without a digest is of metrics without one.
    /// - Parameter orders: of `LoggedModelOrder.orders`.
    /// - Parameter limit: the most models of the page, at least 1.
    package func search(
        experiments: [Int64], filter: SearchFilter, datasets: [LoggedModelMetric.Dataset] = [], orders: [SearchOrder], limit: Int,
        offset: Int = 0
    ) async throws -> TrackingPage<LoggedModel> {
        try TrackingStore.check(limit: limit)
        try Self.check(datasets, experiments)
        guard !experiments.isEmpty else { return TrackingPage([], hasMore: false) }
        return try await tracking.read { session in
            let search = LoggedModelSearch(datasets, session.connection.dialect)
            let part = try search.statement(Set(experiments).sorted(), filter.comparisons, orders)
            var found: [NumberedLoggedModel] = []
            try session.connection.query(
                once: "\(part.sql) LIMIT ? OFFSET ?", part.values + [.integer(Int64(limit) + 1), .integer(Int64(max(0, offset)))]
            ) { found.append(NumberedLoggedModel(row: $0)) }
            let page = TrackingPage(found, limit: limit)
            return TrackingPage(try session.complete(page.elements), hasMore: page.hasMore)
        }
    }

    private static func check(_ datasets: [LoggedModelMetric.Dataset], _ experiments: [Int64]) throws(TrackingFault) {
        guard datasets.allSatisfy({ $0.name != nil }) else {
            throw TrackingFault(.invalidParameterValue, "`dataset_name` in the `datasets` clause must be specified.")
        }
        guard datasets.count <= searchDatasetCountMax else {
            throw TrackingFault(
                .invalidParameterValue, "a search is of at most \(searchDatasetCountMax) datasets, found \(datasets.count); split it")
        }
        guard experiments.count <= TrackingStore.searchExperimentCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "a search is of at most \(TrackingStore.searchExperimentCountMax) experiments, found \(experiments.count); split it")
        }
    }
}

/// A search of logged models as one statement on `logged_models AS m`.
struct LoggedModelSearch {
    private let datasets: SQLPart?
    private let comparison: ColumnComparison

    init(_ datasets: [LoggedModelMetric.Dataset], _ dialect: SQLDialect) {
        comparison = ColumnComparison(dialect: dialect)
        let parts = datasets.map { dataset in
            dataset.digest.map { SQLPart("(x.dataset_name = ? AND x.dataset_digest = ?)", [.optional(dataset.name), .text($0)]) }
                ?? SQLPart("(x.dataset_name = ? AND x.dataset_digest IS NULL)", [.optional(dataset.name)])
        }
        self.datasets =
            parts.isEmpty ? nil : SQLPart("(\(parts.map(\.sql).joined(separator: " OR ")))", parts.flatMap(\.values))
    }

    /// The metrics that the orders are by are columns of the inner statement, since they are named twice.
    func statement(_ experiments: [Int64], _ comparisons: [SearchComparison], _ orders: [SearchOrder]) throws -> SQLPart {
        var columns = SQLPart("m.*")
        var terms: [String] = []
        for (place, order) in orders.enumerated() {
            guard order.entity == .metric else {
                if let column = Self.column(order.key) { terms.append(column + RunOrdering.direction(order)) }
                continue
            }
            let latest = Self.latest(order)
            columns = SQLPart("\(columns.sql), (\(latest.sql)) AS o\(place)", columns.values + latest.values)
            terms += ["m.o\(place) IS NULL", "m.o\(place)" + RunOrdering.direction(order)]
        }
        let condition = try condition(experiments, comparisons)
        return SQLPart(
            """
            SELECT \(NumberedLoggedModel.columns) FROM (SELECT \(columns.sql) FROM logged_models AS m WHERE \(condition.sql)) AS m
            ORDER BY \(terms.joined(separator: ", "))
            """, columns.values + condition.values)
    }

    private func condition(_ experiments: [Int64], _ comparisons: [SearchComparison]) throws -> SQLPart {
        var parts: [SQLPart] = [.column("m.experiment", among: experiments), SQLPart("m.stage = 0")]
        parts += try comparisons.map(condition)
        if let datasets, !comparisons.contains(where: { $0.entity == .metric }) { parts.append(Self.metric(datasets)) }
        return .all(parts)
    }

    private func condition(_ given: SearchComparison) throws -> SQLPart {
        switch given.entity {
        case .metric:
            let value = try comparison.condition("x.value", given.comparator, given.value)
            return Self.metric(.all([SQLPart("x.key = ?", [.text(given.key)]), value] + (datasets.map { [$0] } ?? [])))
        case .parameter: return try text("logged_model_parameters", given)
        case .tag: return try text("logged_model_tags", given)
        default:
            guard let column = Self.comparedColumn(given.key) else { return .never }
            return try comparison.condition(column, given.comparator, given.value)
        }
    }

    private static func metric(_ part: SQLPart) -> SQLPart {
        SQLPart("EXISTS (SELECT 1 FROM logged_model_metrics AS x WHERE x.model = m.number AND \(part.sql))", part.values)
    }

    private func text(_ table: String, _ given: SearchComparison) throws -> SQLPart {
        let value = try comparison.condition("x.value", given.comparator, given.value)
        return SQLPart(
            "EXISTS (SELECT 1 FROM \(table) AS x WHERE x.model = m.number AND x.key = ? AND \(value.sql))",
            [.text(given.key)] + value.values)
    }

    /// The latest point of a metric, of a dataset where the order names one.
    private static func latest(_ order: SearchOrder) -> SQLPart {
        var part = SQLPart("SELECT x.value FROM logged_model_metrics AS x WHERE x.model = m.number AND x.key = ?", [.text(order.key)])
        let dataset = LoggedModelMetric.Dataset(name: order.dataset?.name, digest: order.dataset?.digest)
        for (column, text) in [("name", dataset.name), ("digest", dataset.digest)] {
            guard let text else { continue }
            part = SQLPart("\(part.sql) AND x.dataset_\(column) = ?", part.values + [.text(text)])
        }
        return SQLPart("\(part.sql) ORDER BY x.at DESC, x.step DESC, x.run LIMIT 1", part.values)
    }

    private static func column(_ attribute: String) -> String? {
        switch attribute {
        case "model_id": "m.id"
        case "experiment_id": "m.experiment"
        case "name": "m.name"
        case "artifact_location": "m.artifact_uri"
        case "creation_timestamp_ms": "m.created_at"
        case "last_updated_timestamp_ms": "m.updated_at"
        case "status": "m.status"
        case "model_type": "m.type"
        case "source_run_id": "m.source_run"
        // Only active models are found, and none has a message.
        default: nil
        }
    }

    /// MLflow compares numbers with texts, by SQLite's grace.
    private static func comparedColumn(_ attribute: String) -> String? {
        switch attribute {
        case "experiment_id": "CAST(m.experiment AS TEXT)"
        case "status": "CAST(m.status AS TEXT)"
        case "lifecycle_stage": "'active'"
        default: column(attribute)
        }
    }
}
