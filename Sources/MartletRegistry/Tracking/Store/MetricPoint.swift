import MartletStore

/// A value of a metric as it is stored: NaN is 0 with a flag.
struct MetricPoint: Equatable {
    let step: Int64
    let at: Int64
    let value: Double
    let isNaN: Bool

    static let columns = "step, at, value, is_nan"

    init(_ metric: LoggedMetric) {
        step = metric.step
        at = metric.at
        isNaN = metric.value.isNaN
        value = isNaN ? 0 : metric.value
    }

    /// Reads `columns`. - Parameter first: the place of the first.
    init(row: any SQLRow, from first: Int = 0) {
        step = row.integer(first)
        at = row.integer(first + 1)
        value = row.real(first + 2)
        isNaN = row.flag(first + 3)
    }

    /// Whether it takes the other's place as the latest: by step, then time, then value, in which NaN is 0.
    func isLater(than other: MetricPoint) -> Bool { (step, at, value) > (other.step, other.at, other.value) }

    var values: [SQLValue] { [.integer(step), .integer(at), .real(value), .flag(isNaN)] }

    func metric(_ key: String) -> LoggedMetric { LoggedMetric(key, isNaN ? .nan : value, at: at, step: step) }
}

/// What `latest_metrics` tells of a metric of a run.
struct MetricSeries {
    static let columns = "step, at, value, is_nan, past_count, late_count, is_chronological"

    let run: Int64
    let key: Int64
    var latest: MetricPoint
    /// How many points were the latest before.
    var pastCount: Int64 = 0
    /// How many points came behind a later one.
    var lateCount: Int64 = 0
    /// Whether the times of the past and the latest points do not fall.
    var isChronological = true

    init(run: Int64, key: Int64, latest: MetricPoint) {
        (self.run, self.key, self.latest) = (run, key, latest)
    }

    /// Reads `columns`.
    init(run: Int64, key: Int64, row: any SQLRow) {
        self.init(run: run, key: key, latest: MetricPoint(row: row))
        pastCount = row.integer(4)
        lateCount = row.integer(5)
        isChronological = row.flag(6)
    }

    var values: [SQLValue] { latest.values + [.integer(pastCount), .integer(lateCount), .flag(isChronological)] }
    var place: [SQLValue] { [.integer(run), .integer(key)] }
}
