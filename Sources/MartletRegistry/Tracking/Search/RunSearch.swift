import MartletStore

/// A search of runs, carried out by the table that is likely to leave the least to look at.
struct RunSearch {
    /// How many runs a comparison may hold for, to begin with those and sort them.
    static let fewCountMax: Int64 = 1000

    let experiments: [Int64]
    let view: StageView
    let comparisons: [SearchComparison]
    let orders: [SearchOrder]
    private let session: TrackingSession
    private let conditions: RunConditions

    init(_ experiments: [Int64], _ view: StageView, _ filter: SearchFilter, _ orders: [SearchOrder], _ session: TrackingSession) {
        self.experiments = experiments
        self.view = view
        comparisons = filter.comparisons
        self.orders = orders
        self.session = session
        conditions = RunConditions(session)
    }

    func runs(limit: Int, offset: Int) throws -> [NumberedRun] {
        if let few = try selectiveComparison() { return try runs(beginningWith: few, limit: limit, offset: offset) }
        if let first = orders.first, first.entity == .metric, let key = try session.keys.number(of: first.key) {
            return try runs(sortedBy: first, key, limit: limit, offset: offset)
        }
        return try fetch(Statement(ordering: try ordering(orders), conditions: try remaining()), limit, offset)
    }

    // MARK: Parts

    /// What `SELECT` is made of.
    private struct Statement {
        /// The table to begin with, named `d`; `nil` to begin with the runs themselves.
        var driver: String?
        /// Conditions on `d`.
        var driverConditions: [SQLPart] = []
        /// Orders by `d`.
        var driverTerms: [String] = []
        var ordering: RunOrdering
        /// Conditions on `r`.
        var conditions: [SQLPart]

        var part: SQLPart {
            let tables = driver.map { "\($0) AS d CROSS JOIN tracked_runs AS r" } ?? "tracked_runs AS r"
            let joined = driver == nil ? [] : [SQLPart("r.number = d.run")]
            let condition = SQLPart.all(driverConditions + joined + conditions)
            let terms = driverTerms + ordering.terms
            return SQLPart(
                "FROM \(tables)\(ordering.joins.sql) WHERE \(condition.sql)"
                    + (terms.isEmpty ? "" : " ORDER BY \(terms.joined(separator: ", "))"),
                ordering.joins.values + condition.values)
        }
    }

    private func ordering(_ orders: some Sequence<SearchOrder>) throws -> RunOrdering { try RunOrdering(orders, session.keys) }

    /// Where the table to begin with is another, the run is found by its number: an index of the runs would be read for each row of it.
    private func place(isJoined: Bool) -> [SQLPart] {
        let rest = isJoined ? " + 0" : ""
        return [.column("r.experiment\(rest)", among: experiments), .column("r.stage\(rest)", among: view.stages)]
    }

    /// The conditions on runs, without one that is met otherwise.
    private func remaining(without done: SearchComparison? = nil) throws -> [SQLPart] {
        try place(isJoined: done != nil) + comparisons.filter { $0 != done }.map(conditions.condition)
    }

    private func fetch(_ statement: Statement, _ limit: Int, _ offset: Int) throws -> [NumberedRun] {
        let part = statement.part
        var runs: [NumberedRun] = []
        let connection = session.connection
        // Without statistics PostgreSQL would read all runs and sort them, rather than the first ones of the index.
        let isByIndex = connection.dialect == .postgresql && !statement.driverTerms.isEmpty
        if isByIndex { try connection.executeWithNext("SET LOCAL enable_sort = off") }
        try connection.query(
            once: "SELECT \(NumberedRun.columns) \(part.sql) LIMIT ? OFFSET ?",
            part.values + [.integer(Int64(limit)), .integer(Int64(offset))]
        ) { runs.append(NumberedRun(row: $0)) }
        if isByIndex { try connection.executeWithNext("SET LOCAL enable_sort = on") }
        return runs
    }

    // MARK: Few runs

    /// The comparison that holds for the fewest runs, where those are few.
    private func selectiveComparison() throws -> (SearchComparison, Statement)? {
        var best: (count: Int64, comparison: SearchComparison, statement: Statement)?
        for comparison in comparisons {
            guard let (statement, index) = try driver(comparison) else { continue }
            let part = SQLPart.all(index)
            let most = min(best?.count ?? .max, Self.fewCountMax + 1)
            var count: Int64 = 0
            try session.connection.query(
                once: "SELECT COUNT(*) FROM (SELECT 1 FROM \(statement.driver ?? "") AS d WHERE \(part.sql) LIMIT ?) AS few",
                part.values + [.integer(most)]
            ) { count = $0.integer(0) }
            if count < most { best = (count, comparison, statement) }
        }
        return best.map { ($0.comparison, $0.statement) }
    }

    /// How to begin with a comparison, and what of it the index alone can tell; `nil` where there is no index for it.
    private func driver(_ given: SearchComparison) throws -> (Statement, index: [SQLPart])? {
        guard let key = try session.keys.number(of: given.key) else { return nil }
        let keyed = SQLPart("d.key = ?", [.integer(key)])
        let ordering = try ordering(orders)
        switch (given.entity, given.comparator, given.value) {
        case (.metric, .notEqual, _): return nil
        case (.metric, _, _):
            // Where runs are sorted by it, its index does both.
            if orders.first?.entity == .metric, orders.first?.key == given.key { return nil }
            let all = [.column("d.experiment", among: experiments), keyed, try conditions.metricValue("d", given)]
            return (Statement(driver: "latest_metrics", driverConditions: all, ordering: ordering, conditions: []), all)
        case (.parameter, .equal, .text(let text)), (.tag, .equal, .text(let text)):
            let table = given.entity == .tag ? "tracked_run_tags" : "tracked_run_parameters"
            let all = [keyed, conditions.equality("d", text)]
            return (
                Statement(driver: table, driverConditions: all, ordering: ordering, conditions: []),
                [keyed, RunConditions.indexedValue("d", text)]
            )
        default: return nil
        }
    }

    private func runs(beginningWith few: (SearchComparison, Statement), limit: Int, offset: Int) throws -> [NumberedRun] {
        var statement = few.1
        statement.conditions = try remaining(without: few.0)
        return try fetch(statement, limit, offset)
    }

    // MARK: Sorted by a metric

    /// Runs with a number come first, in the order of the index, then those with NaN, then those without.
    private func runs(sortedBy order: SearchOrder, _ key: Int64, limit: Int, offset: Int) throws -> [NumberedRun] {
        var runs: [NumberedRun] = []
        var skipped = offset
        for statement in try sections(order, key) {
            let found = try fetch(statement, limit - runs.count, skipped)
            runs += found
            if runs.count >= limit { break }
            skipped = found.isEmpty && skipped > 0 ? max(0, skipped - (try count(statement))) : 0
        }
        return runs
    }

    private func count(_ statement: Statement) throws -> Int {
        var statement = statement
        statement.driverTerms = []
        statement.ordering = try ordering([])
        let part = statement.part
        var count: Int64 = 0
        try session.connection.query(once: "SELECT COUNT(*) \(part.sql)", part.values) { count = $0.integer(0) }
        return Int(clamping: count)
    }

    private func sections(_ order: SearchOrder, _ key: Int64) throws -> [Statement] {
        let own = comparisons.filter { $0.entity == .metric && $0.key == order.key }
        let others = try comparisons.filter { $0.entity != .metric || $0.key != order.key }.map(conditions.condition)
        let rest = try ordering(orders.dropFirst())
        let keyed: [SQLPart] = [.column("d.experiment", among: experiments), SQLPart("d.key = ?", [.integer(key)])]
        let numbers = Statement(
            driver: "latest_metrics",
            driverConditions: keyed + [SQLPart("d.is_nan = 0")]
                + (try own.map { try ColumnComparison(dialect: session.connection.dialect).condition("d.value", $0.comparator, $0.value) }),
            driverTerms: ["d.value" + RunOrdering.direction(order)], ordering: rest, conditions: place(isJoined: true) + others)
        let needsNumber = own.contains { $0.comparator != .notEqual }
        let nan = Statement(
            driver: "latest_metrics", driverConditions: keyed + [SQLPart("d.is_nan = 1")], ordering: rest,
            conditions: place(isJoined: true) + others)
        let missing = Statement(
            ordering: rest,
            conditions: place(isJoined: false) + others + [
                SQLPart(
                    "NOT EXISTS (SELECT 1 FROM latest_metrics AS m WHERE m.run = r.number AND m.key = ? \(SQLPart.perRow))", [.integer(key)]
                )
            ])
        return [numbers] + (needsNumber ? [] : [nan]) + (own.isEmpty ? [missing] : [])
    }
}
