import MartletStore

/// Reading the points of a metric: see `TrackingSchema` for where they are kept.
extension TrackingSession {
    /// `nil` where the run has no such metric, or does not exist.
    func series(run: String, key: String) throws -> MetricSeries? {
        guard let key = try keys.number(of: key) else { return nil }
        return try connection.first(
            """
            SELECT m.run, \(MetricSeries.columns) FROM tracked_runs AS r JOIN latest_metrics AS m ON m.run = r.number
            WHERE r.id = ? AND m.key = ?
            """,
            [.text(run), .integer(key)]
        ) { MetricSeries(run: $0.integer(0), key: key, row: $0, from: 1) }
    }

    /// By time, step and value.
    func history(_ series: MetricSeries, limit: Int, offset: Int) throws -> [MetricPoint] {
        if series.lateCount == 0, series.isChronological {
            let first = Int64(clamping: offset)
            let (end, isBeyond) = first.addingReportingOverflow(Int64(clamping: limit))
            return try points(series, places: first..<min(isBeyond ? .max : end, max(first, series.pastCount + 1)))
        }
        let sql = "\(Self.allPoints) ORDER BY at, step, value, is_nan LIMIT ? OFFSET ?"
        let values = allPointsValues(series) + [.integer(Int64(clamping: limit)), .integer(Int64(clamping: offset))]
        return try connection.all(sql, values) { MetricPoint(row: $0) }
    }

    /// The points at some places, as they came in order.
    private func points(_ series: MetricSeries, places: Range<Int64>) throws -> [MetricPoint] {
        if places.isEmpty { return [] }
        var points = try connection.all(
            "SELECT \(MetricPoint.columns) FROM past_metrics WHERE place >= ? AND place < ? ORDER BY place",
            [.integer(series.place(places.lowerBound)), .integer(series.place(places.upperBound))]
        ) { MetricPoint(row: $0) }
        if places.contains(series.pastCount) { points.append(series.latest) }
        return points
    }

    /// At most `limit` points within some steps by step, time and value: the first of each of `limit` buckets, as `NTILE` makes them,
    /// and the last of all.
    func sample(_ series: MetricSeries, _ steps: ClosedRange<Int64>, limit: Int) throws -> [MetricPoint] {
        if series.lateCount > 0 { return try sampleOfAll(series, steps, limit: limit) }
        let first = try firstPlace(series) { $0.step >= steps.lowerBound }
        let end = try firstPlace(series) { $0.step > steps.upperBound }
        let count = Int(clamping: end - first)
        // Beyond a few points for each one that is wanted, finding those one by one costs less than reading all.
        if count / 8 < limit {
            let all = try points(series, places: first..<max(first, end))
            return BucketSample.places(of: count, limit: limit).compactMap { $0 < all.count ? all[$0] : nil }
        }
        return try points(series, at: BucketSample.places(of: count, limit: limit).map { first + Int64($0) })
    }

    /// The points at some rising places. They are sorted apart from the index, whose order PostgreSQL would else prefer to the places.
    private func points(_ series: MetricSeries, at places: [Int64]) throws -> [MetricPoint] {
        var points: [MetricPoint] = []
        for list in NumberList.lists(of: places.map(series.place)) {
            let sql = "SELECT \(MetricPoint.columns) FROM past_metrics WHERE place IN (\(list.placeholders)) ORDER BY place + 0"
            try connection.query(sql, list.values) { points.append(MetricPoint(row: $0)) }
        }
        if places.last == series.pastCount { points.append(series.latest) }
        return points
    }

    private func sampleOfAll(_ series: MetricSeries, _ steps: ClosedRange<Int64>, limit: Int) throws -> [MetricPoint] {
        let sql = "SELECT * FROM (\(Self.allPoints)) AS p WHERE step >= ? AND step <= ? ORDER BY step, at, value, is_nan"
        let bounds: [SQLValue] = [.integer(steps.lowerBound), .integer(steps.upperBound)]
        let all = try connection.all(sql, allPointsValues(series) + bounds) { MetricPoint(row: $0) }
        return BucketSample.places(of: all.count, limit: limit).map { all[$0] }
    }

    private static let allPoints = """
        SELECT \(MetricPoint.columns) FROM past_metrics WHERE place >= ? AND place < ?
        UNION ALL SELECT \(MetricPoint.columns) FROM late_metrics WHERE run = ? AND key = ?
        UNION ALL SELECT \(MetricPoint.columns) FROM latest_metrics WHERE run = ? AND key = ?
        """

    private func allPointsValues(_ series: MetricSeries) -> [SQLValue] {
        [.integer(series.place(0)), .integer(series.place(series.pastCount))] + series.owner + series.owner
    }
}

/// Which points MLflow takes of a history that has too many.
enum BucketSample {
    /// Buckets are as equal as can be, those with one more first. Of each the first point is taken, except that the last bucket gives
    /// the last point of all.
    static func places(of count: Int, limit: Int) -> [Int] {
        guard count > limit else { return Array(0..<max(0, count)) }
        let (size, rest) = count.quotientAndRemainder(dividingBy: limit)
        return (0..<limit - 1).map { $0 <= rest ? $0 * (size + 1) : rest * (size + 1) + ($0 - rest) * size } + [count - 1]
    }
}
