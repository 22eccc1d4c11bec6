import MartletStore

/// Logging metrics: see `TrackingSchema` for where points are kept.
extension TrackingSession {
    func log(_ metrics: [LoggedMetric], _ run: RunPlace) throws {
        if metrics.count == 1 {
            let key = try keys.makeNumber(of: metrics[0].key)
            return try log(metrics.map(MetricPoint.init), key, run, try series(run.number, key))
        }
        var places: [String: Int] = [:]
        var groups: [(key: String, points: [MetricPoint])] = []
        for metric in metrics {
            if let place = places[metric.key] {
                groups[place].points.append(MetricPoint(metric))
            } else {
                places[metric.key] = groups.count
                groups.append((metric.key, [MetricPoint(metric)]))
            }
        }
        let numbers = try groups.map { try keys.makeNumber(of: $0.key) }
        let known = try series(run.number, among: numbers)
        for (group, key) in zip(groups, numbers) { try log(Self.ordered(group.points), key, run, known[key]) }
    }

    /// By key.
    private func series(_ run: Int64, among keys: [Int64]) throws -> [Int64: MetricSeries] {
        var series: [Int64: MetricSeries] = [:]
        for list in NumberList.lists(of: keys) {
            let sql = "SELECT \(MetricSeries.columns), key FROM latest_metrics WHERE run = ? AND key IN (\(list.placeholders))"
            try connection.query(sql, [.integer(run)] + list.values) { row in
                let key = row.integer(7)
                series[key] = MetricSeries(run: run, key: key, row: row)
            }
        }
        return series
    }

    func series(_ run: Int64, _ key: Int64) throws -> MetricSeries? {
        try connection.first(
            "SELECT \(MetricSeries.columns) FROM latest_metrics WHERE run = ? AND key = ?", [.integer(run), .integer(key)]
        ) { MetricSeries(run: run, key: key, row: $0) }
    }

    /// The point at a place among those that were once the latest, and the latest behind them.
    func point(_ series: MetricSeries, at place: Int64) throws -> MetricPoint? {
        if place == series.pastCount { return series.latest }
        return try connection.first(
            "SELECT \(MetricPoint.columns) FROM past_metrics WHERE run = ? AND key = ? AND place = ?", series.place + [.integer(place)]
        ) { MetricPoint(row: $0) }
    }

    /// The first place whose point is as a closure says, where all behind it are so too; the number of points where there is none.
    func firstPlace(_ series: MetricSeries, where isBeyond: (MetricPoint) -> Bool) throws -> Int64 {
        var (low, high) = (Int64(0), series.pastCount + 1)
        while low < high {
            let middle = low + (high - low) / 2
            guard let point = try point(series, at: middle) else { return high }
            if isBeyond(point) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// As they would come in order, so that fewer are late; of points that are neither later nor earlier the first stays first.
    private static func ordered(_ points: [MetricPoint]) -> [MetricPoint] {
        if zip(points, points.dropFirst()).allSatisfy({ $1.isLater(than: $0) }) { return points }
        return points.enumerated().sorted { left, right in
            right.element.isLater(than: left.element) || (!left.element.isLater(than: right.element) && left.offset < right.offset)
        }.map(\.element)
    }

    private func log(_ points: [MetricPoint], _ key: Int64, _ run: RunPlace, _ known: MetricSeries?) throws {
        guard var series = known ?? points.first.map({ MetricSeries(run: run.number, key: key, latest: $0) }) else { return }
        var passed = PastPoints(connection, series)
        for point in points {
            if point.isLater(than: series.latest) {
                try passed.append(series.latest)
                series.isChronological = series.isChronological && point.at >= series.latest.at
                series.pastCount += 1
                series.latest = point
            } else if point != series.latest {
                try passed.flush()
                try insertLate(point, &series)
            }
        }
        try passed.flush()
        try known == nil ? insert(series, run.experiment) : update(series)
    }

    /// A point that comes late, unless it is there already.
    private func insertLate(_ point: MetricPoint, _ series: inout MetricSeries) throws {
        let place = try firstPlace(series) { !point.isLater(than: $0) }
        if try self.point(series, at: place) == point { return }
        let count = try connection.execute(
            """
            INSERT INTO late_metrics (run, key, step, at, value, is_nan) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            series.place + point.values)
        series.lateCount += Int64(count)
    }

    private func insert(_ series: MetricSeries, _ experiment: Int64) throws {
        try connection.executeLater(
            """
            INSERT INTO latest_metrics (run, key, experiment, step, at, value, is_nan, past_count, late_count, is_chronological)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            series.place + [.integer(experiment)] + series.values)
    }

    private func update(_ series: MetricSeries) throws {
        try connection.executeLater(
            """
            UPDATE latest_metrics
            SET step = ?, at = ?, value = ?, is_nan = ?, past_count = ?, late_count = ?, is_chronological = ? WHERE run = ? AND key = ?
            """,
            series.values + series.place)
    }
}

/// Points that are the latest no longer, written several at a time.
private struct PastPoints {
    /// How many rows one statement inserts.
    private static let rowCount = 32
    private static let columns = "(run, key, place, step, at, value, is_nan)"
    private static let one = "INSERT INTO past_metrics \(columns) VALUES (?,?,?,?,?,?,?)"
    private static let several = one + String(repeating: ",(?,?,?,?,?,?,?)", count: rowCount - 1)

    private let connection: any SQLConnection
    private let run: Int64
    private let key: Int64
    private var place: Int64
    private var values: [SQLValue] = []

    init(_ connection: any SQLConnection, _ series: MetricSeries) {
        self.connection = connection
        (run, key, place) = (series.run, series.key, series.pastCount)
    }

    mutating func append(_ point: MetricPoint) throws {
        values.append(.integer(run))
        values.append(.integer(key))
        values.append(.integer(place))
        values.append(.integer(point.step))
        values.append(.integer(point.at))
        values.append(.real(point.value))
        values.append(.flag(point.isNaN))
        place += 1
        guard values.count == 7 * Self.rowCount else { return }
        try connection.executeLater(Self.several, values)
        values.removeAll(keepingCapacity: true)
    }

    mutating func flush() throws {
        for start in stride(from: 0, to: values.count, by: 7) {
            try connection.executeLater(Self.one, Array(values[start..<start + 7]))
        }
        values.removeAll(keepingCapacity: true)
    }
}
