/// The points of a metric of a run are in three places, so that a metric with one point is one row, a point that comes in order
/// costs no search, and the n-th point is found without counting.
///
/// `latest_metrics` has the greatest point by (step, at, value); `past_metrics` those that were the greatest once, numbered from 0 in
/// that order, `past_count` of them; `late_metrics` those that came behind a greater one. `is_chronological` tells that in the
/// first two the times do not fall. NaN is the value 0 with a flag.
extension TrackingSchema {
    /// As of migration 1.
    static func metrics(_ types: Types) -> [String] {
        let point = """
            run \(types.integer) NOT NULL, key \(types.integer) NOT NULL,
            step \(types.integer) NOT NULL, at \(types.integer) NOT NULL, value \(types.real) NOT NULL, is_nan \(types.integer) NOT NULL
            """
        return [
            """
            CREATE TABLE latest_metrics (
                \(point), experiment \(types.integer) NOT NULL, past_count \(types.integer) NOT NULL,
                late_count \(types.integer) NOT NULL, is_chronological \(types.integer) NOT NULL, PRIMARY KEY (run, key)
            ) \(types.clustered)
            """,
            "CREATE INDEX latest_metrics_by_value ON latest_metrics (experiment, key, is_nan, value, run)",
            "CREATE TABLE past_metrics (\(point), place \(types.integer) NOT NULL, PRIMARY KEY (run, key, place)) \(types.clustered)",
            "CREATE TABLE late_metrics (\(point), PRIMARY KEY (run, key, step, at, value, is_nan)) \(types.clustered)",
        ]
    }

    /// Makes a past point's place one integer, which costs less than a key of three: `series`, a number of the metric of the run, in the
    /// upper half and the point's own in the lower; see `MetricSeries.place`.
    static func series(_ types: Types) -> [String] {
        [
            "ALTER TABLE latest_metrics ADD COLUMN series \(types.integer) NOT NULL DEFAULT 0",
            """
            UPDATE latest_metrics SET series = numbered.series
            FROM (
                SELECT run, key, ROW_NUMBER() OVER (ORDER BY run, key) AS series FROM latest_metrics WHERE past_count > 0
            ) AS numbered
            WHERE numbered.run = latest_metrics.run AND numbered.key = latest_metrics.key
            """,
            "ALTER TABLE past_metrics RENAME TO former_metrics",
            """
            CREATE TABLE past_metrics (
                place \(types.integer) PRIMARY KEY, step \(types.integer) NOT NULL, at \(types.integer) NOT NULL,
                value \(types.real) NOT NULL, is_nan \(types.integer) NOT NULL
            ) \(types.table)
            """,
            """
            INSERT INTO past_metrics (place, step, at, value, is_nan)
            SELECT l.series * 4294967296 + f.place, f.step, f.at, f.value, f.is_nan
            FROM former_metrics AS f JOIN latest_metrics AS l ON l.run = f.run AND l.key = f.key
            """,
            "DROP TABLE former_metrics",
        ]
    }
}
