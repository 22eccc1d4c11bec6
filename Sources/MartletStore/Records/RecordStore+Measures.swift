import GRDB
import MartletCore

/// Parameters, metrics and tags of runs.
extension RecordStore {
    /// Logs parameters, all or none. The same value twice is fine.
    /// - Throws: `notFound`, `conflict` where a parameter has another value already, `limitExceeded`.
    package func log(parameters: [String: String], run: String) throws {
        try Self.checkCount(parameters.count, "parameters", run)
        try write { database in
            try Self.existingRun(run, database)
            let known = try Self.pairs("run_parameters", run, database)
            for (key, value) in parameters {
                if let old = known[key], old != value {
                    throw MartletError(
                        .conflict,
                        "parameter '\(key)' of run '\(run)' is '\(old.prefix(80))' and cannot become "
                            + "'\(value.prefix(80))'; start a new run"
                    )
                }
                try database.execute(
                    sql: "INSERT OR IGNORE INTO run_parameters (run, key, value) VALUES (?, ?, ?)",
                    arguments: [run, key, value]
                )
            }
        }
    }

    /// Logs metrics, all or none.
    /// - Throws: `notFound`, `limitExceeded`.
    package func log(metrics: [Metric], run: String) throws {
        try Self.checkCount(metrics.count, "metrics", run)
        try write { database in
            try Self.existingRun(run, database)
            let statement = try database.makeStatement(
                sql: "INSERT INTO run_metrics (run, key, value, step, at) VALUES (?, ?, ?, ?, ?)"
            )
            for metric in metrics {
                let value = metric.value.isNaN ? nil : metric.value
                try statement.execute(arguments: [run, metric.key, value, metric.step, metric.at.microseconds])
            }
        }
    }

    /// Sets a tag; a later value takes the place of an earlier one.
    /// - Throws: `notFound`.
    package func setTag(_ key: String, to value: String, run: String) throws {
        try write { database in
            try Self.existingRun(run, database)
            try database.execute(
                sql: "INSERT OR REPLACE INTO run_tags (run, key, value) VALUES (?, ?, ?)", arguments: [run, key, value]
            )
        }
    }

    /// The parameters of a run; empty where there is no such run.
    package func parameters(run: String) throws -> [String: String] {
        try read { try Self.pairs("run_parameters", run, $0) }
    }

    /// The tags of a run; empty where there is no such run.
    package func tags(run: String) throws -> [String: String] { try read { try Self.pairs("run_tags", run, $0) } }

    /// The latest value of each metric of a run, by name: of the highest step, then the latest, then the last logged.
    package func metrics(run: String) throws -> [String: Metric] {
        let metrics = try metrics("run = ? ORDER BY key, step, at, sequence", [run])
        return Dictionary(metrics.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    }

    /// All values of a metric of a run, by step, then time, then as they were logged.
    package func metricHistory(run: String, key: String) throws -> [Metric] {
        try metrics("run = ? AND key = ? ORDER BY step, at, sequence", [run, key])
    }

    private func metrics(_ condition: String, _ arguments: StatementArguments) throws -> [Metric] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM run_metrics WHERE \(condition)", arguments: arguments)
                .map(Metric.init(row:))
        }
    }

    private static func pairs(_ table: String, _ run: String, _ database: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(database, sql: "SELECT key, value FROM \(table) WHERE run = ?", arguments: [run])
        return Dictionary(try rows.map { (try $0.text("key"), try $0.text("value")) }, uniquingKeysWith: { $1 })
    }

    private static func checkCount(_ count: Int, _ what: String, _ run: String) throws {
        guard count <= logCountMax else {
            throw MartletError(
                .limitExceeded,
                "run '\(run)': expected at most \(logCountMax) \(what) in a call, found \(count); "
                    + "log them in several calls"
            )
        }
    }
}

extension Metric {
    fileprivate init(row: Row) throws {
        self.init(
            key: try row.text("key"), value: try row.optionalReal("value") ?? .nan, step: try row.integer("step"),
            at: try row.time("at")
        )
    }
}
