import GRDB
package import MartletCore

/// A run of the time before tracking had a database of its own.
package struct OldRun: Sendable, Equatable {
    /// A value of a metric; it may be NaN or infinite.
    package struct Metric: Sendable, Equatable {
        package let key: String
        package let value: Double
        package let step: Int
        package let at: Timestamp
    }

    package let id: String
    package let experiment: String
    package let name: String
    /// `running`, `finished`, `failed` or `killed`.
    package let status: String
    package let startedAt: Timestamp
    package let endedAt: Timestamp?
    package let parameters: [String: String]
    package let tags: [String: String]
    /// In the order in which they were logged.
    package let metrics: [Metric]
}

/// The runs that the first schema kept here: they are moved to tracking, one by one.
extension RecordStore {
    /// The first run that was not moved yet; `nil` where there is none.
    package func firstOldRun() throws -> OldRun? {
        try read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM runs ORDER BY sequence LIMIT 1") else { return nil }
            let id = try row.text("id")
            func pairs(_ table: String) throws -> [String: String] {
                let rows = try Row.fetchAll(database, sql: "SELECT key, value FROM \(table) WHERE run = ?", arguments: [id])
                return Dictionary(try rows.map { (try $0.text("key"), try $0.text("value")) }, uniquingKeysWith: { $1 })
            }
            let metrics = try Row.fetchAll(database, sql: "SELECT * FROM run_metrics WHERE run = ? ORDER BY sequence", arguments: [id])
            return OldRun(
                id: id, experiment: try row.text("experiment"), name: try row.text("name"), status: try row.text("status"),
                startedAt: try row.time("started_at"), endedAt: try row.optionalTime("ended_at"), parameters: try pairs("run_parameters"),
                tags: try pairs("run_tags"),
                metrics: try metrics.map { metric in
                    OldRun.Metric(
                        key: try metric.text("key"), value: try metric.optionalReal("value") ?? .nan, step: try metric.integer("step"),
                        at: try metric.time("at"))
                })
        }
    }

    /// Removes a run that was moved.
    package func removeOldRun(_ id: String) throws {
        try write { database in
            for table in ["run_parameters", "run_tags", "run_metrics"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [id])
            }
            try database.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [id])
        }
    }
}
