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
    static let columns = "step, at, value, is_nan, past_count, late_count, is_chronological, series"
    /// The most points that were the latest before; the most series.
    static let pastCountMax: Int64 = 1 << placeBitCount
    static let numberMax: Int64 = 1 << 31 - 1
    private static let placeBitCount: Int64 = 32

    let run: Int64
    let key: Int64
    /// What its past points are found by; 0 where there are none.
    var number: Int64 = 0
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
    init(run: Int64, key: Int64, row: any SQLRow, from first: Int = 0) {
        self.init(run: run, key: key, latest: MetricPoint(row: row, from: first))
        (pastCount, lateCount) = (row.integer(first + 4), row.integer(first + 5))
        (isChronological, number) = (row.flag(first + 6), row.integer(first + 7))
    }

    /// What `past_metrics` calls the n-th past point: the number of the series, and behind it n.
    func place(_ index: Int64) -> Int64 { number &<< Self.placeBitCount &+ index }

    static func number(ofPlace place: Int64) -> Int64 { place >> placeBitCount }

    var values: [SQLValue] {
        latest.values + [.integer(pastCount), .integer(lateCount), .flag(isChronological), .integer(number)]
    }

    var owner: [SQLValue] { [.integer(run), .integer(key)] }
}
