import MartletStore

/// Writes points of metrics of one run: see `TrackingSchema` for where they are kept. Ends with `flush()`.
struct MetricWriter {
    private static let pastRows = RowWriter.Target("past_metrics", "place", "step", "at", "value", "is_nan")
    private static let latestRows = RowWriter.Target(
        "latest_metrics", "run", "key", "experiment", "step", "at", "value", "is_nan", "past_count", "late_count", "is_chronological",
        "series")

    private let session: TrackingSession
    private let run: RunPlace
    private var past: RowWriter
    private var latest: RowWriter
    /// The greatest number of a series; `nil` before anyone asked for it.
    private var greatestSeries: Int64?

    init(_ session: TrackingSession, _ run: RunPlace) {
        self.session = session
        self.run = run
        past = RowWriter(Self.pastRows, session.connection)
        latest = RowWriter(Self.latestRows, session.connection)
    }

    /// Logs points of one metric, each metric once. - Parameter known: what there is of it; `nil` where the run has none.
    mutating func log(_ points: [MetricPoint], _ key: Int64, _ known: MetricSeries?) throws {
        guard var series = known ?? points.first.map({ MetricSeries(run: run.number, key: key, latest: $0) }) else { return }
        for point in points {
            if point.isLater(than: series.latest) {
                try appendLatest(to: &series)
                series.isChronological = series.isChronological && point.at >= series.latest.at
                series.latest = point
            } else if point != series.latest {
                try past.flush()
                try insertLate(point, &series)
            }
        }
        try known == nil ? insert(series) : update(series)
    }

    mutating func flush() throws {
        try past.flush()
        try latest.flush()
    }

    /// The latest point becomes a past one.
    private mutating func appendLatest(to series: inout MetricSeries) throws {
        if series.pastCount == 0 { series.number = try makeSeriesNumber() }
        guard series.pastCount < MetricSeries.pastCountMax else {
            throw TrackingFault(
                .invalidParameterValue, "a metric of a run has at most \(MetricSeries.pastCountMax) values; log another one")
        }
        past.append(.integer(series.place(series.pastCount)))
        past.append(.integer(series.latest.step))
        past.append(.integer(series.latest.at))
        past.append(.real(series.latest.value))
        past.append(.flag(series.latest.isNaN))
        try past.endRow()
        series.pastCount += 1
    }

    private mutating func makeSeriesNumber() throws -> Int64 {
        let greatest =
            try greatestSeries
            ?? session.connection.first("SELECT MAX(place) FROM past_metrics", []) { MetricSeries.number(ofPlace: $0.integer(0)) } ?? 0
        guard greatest < MetricSeries.numberMax else {
            throw TrackingFault(.internalError, "there are \(MetricSeries.numberMax) metrics of runs; use another database")
        }
        greatestSeries = greatest + 1
        return greatest + 1
    }

    /// A point that comes late, unless it is there already.
    private func insertLate(_ point: MetricPoint, _ series: inout MetricSeries) throws {
        let place = try session.firstPlace(series) { !point.isLater(than: $0) }
        if try session.point(series, at: place) == point { return }
        let count = try session.connection.execute(
            "INSERT INTO late_metrics (run, key, step, at, value, is_nan) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            series.owner + point.values)
        series.lateCount += Int64(count)
    }

    private mutating func insert(_ series: MetricSeries) throws {
        latest.append(contentsOf: series.owner)
        latest.append(.integer(run.experiment))
        latest.append(contentsOf: series.values)
        try latest.endRow()
    }

    private func update(_ series: MetricSeries) throws {
        try session.connection.executeLater(
            """
            UPDATE latest_metrics SET step = ?, at = ?, value = ?, is_nan = ?, past_count = ?, late_count = ?, is_chronological = ?, series = ?
            WHERE run = ? AND key = ?
            """,
            series.values + series.owner)
    }
}
