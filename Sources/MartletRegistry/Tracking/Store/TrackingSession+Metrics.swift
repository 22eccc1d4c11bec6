import MartletStore

/// Logging metrics: see `TrackingSchema` for where points are kept.
extension TrackingSession {
    func log(_ metrics: [LoggedMetric], _ run: RunPlace) throws {
        var writer = MetricWriter(self, run)
        if metrics.count == 1 {
            let key = try keys.makeNumber(of: metrics[0].key)
            try writer.log([MetricPoint(metrics[0])], key, try series(run.number, key))
        } else {
            let groups = Self.groups(metrics)
            let numbers = try groups.map { try keys.makeNumber(of: $0.key.text) }
            let known = try series(run.number, among: numbers)
            for (group, key) in zip(groups, numbers) { try writer.log(Self.ordered(group.points), key, known[key]) }
        }
        try writer.flush()
    }

    /// The points of each key, in the order in which keys come.
    private static func groups(_ metrics: [LoggedMetric]) -> [(key: ExactText, points: [MetricPoint])] {
        var places: [ExactText: Int] = [:]
        var groups: [(key: ExactText, points: [MetricPoint])] = []
        var place = 0
        for metric in metrics {
            let key = ExactText(metric.key)
            func isKey(at place: Int) -> Bool { place < groups.count && groups[place].key == key }
            // Keys mostly come one by one, or in turns: the place of few is looked up.
            if !isKey(at: place) { place = isKey(at: place + 1) ? place + 1 : places[key] ?? groups.count }
            if place == groups.count {
                places[key] = place
                groups.append((key, []))
            }
            groups[place].points.append(MetricPoint(metric))
        }
        return groups
    }

    /// By key.
    private func series(_ run: Int64, among keys: [Int64]) throws -> [Int64: MetricSeries] {
        var series: [Int64: MetricSeries] = [:]
        for list in NumberList.lists(of: keys) {
            let sql = "SELECT \(MetricSeries.columns), key FROM latest_metrics WHERE run = ? AND key IN (\(list.placeholders))"
            try connection.query(sql, [.integer(run)] + list.values) { row in
                let key = row.integer(8)
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
            "SELECT \(MetricPoint.columns) FROM past_metrics WHERE place = ?", [.integer(series.place(place))]
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
}
