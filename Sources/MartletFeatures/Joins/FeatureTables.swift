package import MartletCore
package import MartletEngines

/// Makes a view's tables with DuckDB: the history as it was known at each time, and the rows joined to it.
///
/// The connection must hold the dataset as a view of its own name. Tables are temporary and named after the view.
package struct FeatureTables {
    private let view: FeatureView
    private let connection: DuckDBConnection
    /// How the event time is counted.
    package let timeKind: EventTimeKind
    private let columnTypes: [(name: String, type: String)]

    /// Selects the view's rows and computes its history.
    /// - Throws: `invalidInput` where the select fails or lacks a column, naming the nearest one.
    package init(view: FeatureView, connection: DuckDBConnection) throws {
        self.view = view
        self.connection = connection
        let select = view.select ?? "SELECT * FROM \(DuckDBConnection.quoted(identifier: view.source))"
        do {
            columnTypes = try connection.describe(select)
        } catch {
            throw MartletError(.invalidInput, "features '\(view.name)': the select fails; mend it", cause: error)
        }
        let names = columnTypes.map(\.name)
        for column in view.entity + [view.eventTime] + view.history.map(\.column) where !names.contains(column) {
            let hint = nearest(to: column, among: names).map { "; did you mean '\($0)'?" } ?? "."
            throw MartletError(
                .invalidInput,
                "features '\(view.name)': the select has no column '\(column)'\(hint) It has \(names.joined(separator: ", "))"
            )
        }
        if let twice = (view.history.map(\.name) + view.formulas.map(\.name)).first(where: names.contains) {
            throw MartletError(
                .invalidInput,
                "features '\(view.name)': '\(twice)' is a column of the select and the name of a feature; rename one"
            )
        }
        timeKind = try EventTimeKind(view: view, duckType: columnTypes.first { $0.name == view.eventTime }?.type ?? "")
        try makeTables(select)
    }

    /// The columns of the view's rows, in order.
    package var rowColumns: [String] { columnTypes.map(\.name) }

    private func quoted(_ name: String) -> String { DuckDBConnection.quoted(identifier: name) }
    private var rowsTable: String { quoted("\(view.name)__rows") }
    private var historyTable: String { quoted("\(view.name)__history") }
    private var entityList: String { view.entity.map(quoted).joined(separator: ", ") }

    private func makeTables(_ select: String) throws {
        let time = timeKind.sql(quoted(view.eventTime))
        try connection.execute(
            "CREATE OR REPLACE TEMP TABLE \(rowsTable) AS SELECT *, \(time) AS \"__time\" FROM (\(select))"
        )
        let unknown = try connection.query(
            "SELECT count(*) AS n FROM \(rowsTable) WHERE \"__time\" IS NULL\(view.entity.map { " OR \(quoted($0)) IS NULL" }.joined())"
        )
        let missing = unknown.columns[0][0].double
        guard missing == 0 else {
            throw MartletError(
                .invalidInput,
                "features '\(view.name)': \(Int(missing)) rows lack their entity (\(view.entity.joined(separator: ", "))) "
                    + "or event time '\(view.eventTime)'; require these columns in the contract"
            )
        }
        let features = view.history.map { "\(sql(of: $0)) AS \(quoted($0.name))" }
        let columns = [entityList, "\"__time\" + \(view.knownAfter) AS \"__known\""] + features
        try connection.execute(
            "CREATE OR REPLACE TEMP TABLE \(historyTable) AS SELECT \(columns.joined(separator: ", ")) FROM \(rowsTable) "
                + "QUALIFY row_number() OVER (PARTITION BY \(entityList), \"__time\"\(orderOfTies)) = 1"
        )
    }

    /// Which of several rows of one entity at one time is the last: the one with the greatest value, in the history's order.
    private var orderOfTies: String {
        let values = view.history.filter { $0.aggregate == .last }.map { "\(number($0.column)) DESC NULLS LAST" }
        return values.isEmpty ? "" : " ORDER BY \(values.joined(separator: ", "))"
    }

    /// A column as a number; `nan` is as missing as NULL.
    private func number(_ column: String) -> String { "nullif(CAST(\(quoted(column)) AS DOUBLE), 'NaN'::DOUBLE)" }

    private func sql(of feature: HistoryFeature) -> String {
        let column = number(feature.column)
        let partition = "PARTITION BY \(entityList) ORDER BY \"__time\""
        let past = feature.window.map { "\($0 - 1) PRECEDING" } ?? "UNBOUNDED PRECEDING"
        guard feature.aggregate != .last else { return column }
        let function = feature.aggregate == .mean ? "avg" : feature.aggregate.rawValue
        return "CAST(\(function)(\(column)) OVER (\(partition) RANGE BETWEEN \(past) AND CURRENT ROW) AS DOUBLE)"
    }

    /// The history, sorted by entity and time of knowledge: what a request looks up.
    package func history() throws -> Table {
        try connection.query("SELECT * FROM \(historyTable) ORDER BY \(entityList), \"__known\"")
    }

    /// Writes every row with the history that was known at its event time as Parquet, sorted by time and entity.
    ///
    /// Columns: those of the rows, `__time` (the event time as a whole number), and the history features. One thread writes,
    /// so that equal rows give equal bytes.
    package func copyJoinedRows(to path: String) throws {
        let same = view.entity.map { "r.\(quoted($0)) = h.\(quoted($0))" }.joined(separator: " AND ")
        let features = view.history.map { ", h.\(quoted($0.name))" }.joined()
        let order = (["\"__time\""] + view.entity.map { "r.\(quoted($0))" }).joined(separator: ", ")
        try connection.execute("SET threads = 1")
        try connection.execute(
            """
            COPY (
                SELECT r.*, h."__known"\(features) FROM \(rowsTable) r
                ASOF LEFT JOIN \(historyTable) h ON \(same) AND r."__time" >= h."__known"
                ORDER BY \(order)
            ) TO \(DuckDBConnection.quoted(literal: path)) (FORMAT parquet, COMPRESSION zstd)
            """
        )
    }
}

/// How event times are counted.
package enum EventTimeKind: String, Sendable, Codable {
    /// Whole numbers as they are.
    case integer
    /// Days since 1970-01-01.
    case date
    /// Seconds since 1970-01-01, UTC.
    case timestamp

    /// The count of a value as requests and files write it: a whole number, or ISO 8601 text; `nil` for anything else.
    package func count(_ value: Value) -> Int64? {
        switch (self, value) {
        case (.integer, .integer(let number)): number
        case (.integer, .real(let number)): Int64(exactly: number)
        case (.date, .text(let text)): Timestamp(text).map { Self.whole($0.microseconds, per: 86_400_000_000) }
        case (.timestamp, .text(let text)): Timestamp(text).map { Self.whole($0.microseconds, per: 1_000_000) }
        default: nil
        }
    }

    private static func whole(_ microseconds: Int64, per unit: Int64) -> Int64 {
        microseconds / unit - (microseconds % unit < 0 ? 1 : 0)
    }

    /// What a request has to say, for messages.
    package var expectation: String {
        switch self {
        case .integer: "a whole number"
        case .date: "an ISO 8601 date"
        case .timestamp: "an ISO 8601 timestamp"
        }
    }

    fileprivate init(view: FeatureView, duckType: String) throws {
        switch duckType.uppercased() {
        case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER": self = .integer
        case "DATE": self = .date
        case let type where type.hasPrefix("TIMESTAMP"): self = .timestamp
        case let type:
            throw MartletError(
                .invalidInput,
                "features '\(view.name)': event time '\(view.eventTime)': expected whole numbers, dates or timestamps, found \(type); cast it in the select"
            )
        }
    }

    fileprivate func sql(_ column: String) -> String {
        switch self {
        case .integer: "CAST(\(column) AS BIGINT)"
        case .date: "CAST(date_diff('day', DATE '1970-01-01', \(column)) AS BIGINT)"
        case .timestamp: "CAST(floor(epoch(\(column))) AS BIGINT)"
        }
    }
}
