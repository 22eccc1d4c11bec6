import MartletStore

/// How many rows one transaction may still delete.
struct RowBudget {
    private let connection: any SQLConnection
    private(set) var rest: Int

    init(_ connection: any SQLConnection, _ rest: Int) {
        self.connection = connection
        self.rest = rest
    }

    mutating func spend(_ count: Int) { rest -= count }

    /// Deletes the rows that a condition is true of. - Parameter key: the columns of the primary key. - Returns: whether none is left.
    mutating func delete(_ table: String, _ key: String, _ condition: String, _ values: [SQLValue]) throws -> Bool {
        guard rest > 0 else { return false }
        let count = try connection.execute(
            "DELETE FROM \(table) WHERE (\(key)) IN (SELECT \(key) FROM \(table) WHERE \(condition) LIMIT ?)",
            values + [.integer(Int64(rest))])
        defer { rest -= count }
        return count < rest
    }

    /// Deletes the names of artifacts at a path and below. - Returns: whether none is left.
    mutating func deleteArtifacts(at path: ArtifactPath) throws -> Bool {
        guard rest > 0 else { return false }
        let count = try connection.deleteArtifacts(at: path, countMax: rest)
        defer { rest -= count }
        return count < rest
    }
}

/// What is left of records that are gone.
extension TrackingSession {
    /// Removes some of it. - Returns: whether more is left.
    func removeRemains(rowCountMax: Int) throws -> Bool {
        var budget = RowBudget(connection, rowCountMax)
        while budget.rest > 0 {
            let next = try connection.first(
                "SELECT number, record, model, artifacts FROM removal_remains ORDER BY number LIMIT 1"
            ) { row in
                (number: row.integer(0), run: row.integer(1), model: row.integer(2), artifacts: row.text(3))
            }
            guard let next else { return false }
            if !next.artifacts.isEmpty {
                guard try budget.deleteArtifacts(at: ArtifactPath(reading: next.artifacts)) else { return true }
            }
            if next.run > 0 { guard try removeRows(ofRun: next.run, &budget) else { return true } }
            if next.model > 0 { guard try removeRows(ofModel: next.model, &budget) else { return true } }
            try connection.execute("DELETE FROM removal_remains WHERE number = ?", [.integer(next.number)])
            budget.spend(1)
        }
        return true
    }

    private func removeRows(ofRun run: Int64, _ budget: inout RowBudget) throws -> Bool {
        let keys = [
            ("tracked_run_parameters", "run, key"), ("tracked_run_tags", "run, key"),
            ("late_metrics", "run, key, step, at, value, is_nan"),
        ]
        for (table, key) in keys { guard try budget.delete(table, key, "run = ?", [.integer(run)]) else { return false } }
        while let series = try firstSeries(ofRun: run) {
            // The number of a series is given again once its last point is gone, so that what says that it is this run's goes then too.
            let places = [SQLValue.integer(series.place(0)), .integer(series.place(series.pastCount))]
            if series.pastCount > 0 {
                guard
                    try budget.delete("past_metrics", "place", "place >= ? AND place < ? ORDER BY place", places)
                        || !connection.exists("SELECT 1 FROM past_metrics WHERE place >= ? AND place < ? LIMIT 1", places)
                else { return false }
            }
            try connection.execute("DELETE FROM latest_metrics WHERE run = ? AND key = ?", series.owner)
            budget.spend(1)
        }
        return true
    }

    private func removeRows(ofModel model: Int64, _ budget: inout RowBudget) throws -> Bool {
        for (table, key) in [("metrics", "model, key, at, step, run"), ("parameters", "model, key"), ("tags", "model, key")] {
            guard try budget.delete("logged_model_\(table)", key, "model = ?", [.integer(model)]) else { return false }
        }
        return true
    }

    private func firstSeries(ofRun run: Int64) throws -> MetricSeries? {
        let sql = "SELECT \(MetricSeries.columns), key FROM latest_metrics WHERE run = ? ORDER BY key LIMIT 1"
        return try connection.first(sql, [.integer(run)]) { MetricSeries(run: run, key: $0.integer(8), row: $0) }
    }
}
