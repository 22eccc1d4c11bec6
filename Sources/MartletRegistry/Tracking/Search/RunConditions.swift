import MartletStore

/// The comparisons of a filter of runs as conditions on `tracked_runs AS r`.
struct RunConditions {
    private let keys: KeySession
    private let comparison: ColumnComparison

    init(_ session: TrackingSession) {
        keys = session.keys
        comparison = ColumnComparison(dialect: session.connection.dialect)
    }

    func condition(_ given: SearchComparison) throws -> SQLPart {
        switch given.entity {
        case .metric: try metric(given)
        case .parameter: try text("tracked_run_parameters", given)
        case .tag: try text("tracked_run_tags", given)
        case .dataset: try dataset(given)
        default: try attribute(given)
        }
    }

    /// What a comparison of a metric says of a row of `latest_metrics`; NaN only is different from all.
    func metricValue(_ alias: String, _ given: SearchComparison) throws -> SQLPart {
        let value = try comparison.condition("\(alias).value", given.comparator, given.value)
        if given.comparator == .notEqual { return SQLPart("(\(alias).is_nan = 1 OR \(value.sql))", value.values) }
        return SQLPart("\(alias).is_nan = 0 AND \(value.sql)", value.values)
    }

    /// What an equality says of a row with a value, by the index. A value that is short is in the index as a whole; of a longer one the
    /// rest is compared too, but not as a bare column: SQLite would put the value in its place everywhere, and miss the index.
    func equality(_ alias: String, _ text: String) -> SQLPart {
        let indexed = Self.indexedValue(alias, text)
        guard KeyRule.isLonger(text, than: TrackingSchema.indexedLength - 1) else { return indexed }
        return .all([indexed, SQLPart("\(alias).value || '' = ?", [.text(text)])])
    }

    /// What the index of values tells of an equality.
    static func indexedValue(_ alias: String, _ text: String) -> SQLPart {
        SQLPart("\(TrackingSchema.indexedValue("\(alias).value")) = \(TrackingSchema.indexedValue("?"))", [.text(text)])
    }

    private func metric(_ given: SearchComparison) throws -> SQLPart {
        guard let key = try keys.number(of: given.key) else { return .never }
        let value = try metricValue("m", given)
        return SQLPart(
            "EXISTS (SELECT 1 FROM latest_metrics AS m WHERE m.run = r.number AND m.key = ? AND \(value.sql) \(SQLPart.perRow))",
            [.integer(key)] + value.values)
    }

    private func text(_ table: String, _ given: SearchComparison) throws -> SQLPart {
        let key = try keys.number(of: given.key)
        let row = "SELECT 1 FROM \(table) AS t WHERE t.run = r.number AND t.key = ?"
        if given.comparator == .isNull {
            return key.map { SQLPart("NOT EXISTS (\(row) \(SQLPart.perRow))", [.integer($0)]) } ?? SQLPart("1 = 1")
        }
        guard let key else { return .never }
        if given.comparator == .isNotNull { return SQLPart("EXISTS (\(row) \(SQLPart.perRow))", [.integer(key)]) }
        // By the primary key, not by the index of values: the run is known.
        let value = try comparison.condition("t.value", given.comparator, given.value)
        return SQLPart("EXISTS (\(row) AND \(value.sql) \(SQLPart.perRow))", [.integer(key)] + value.values)
    }

    private func dataset(_ given: SearchComparison) throws -> SQLPart {
        let (table, column) =
            given.key == "context"
            ? ("run_dataset_tags AS t ON t.input = i.number AND t.key = 'mlflow.data.context'", "t.value")
            : ("tracked_datasets AS d ON d.number = i.dataset", given.key == "name" ? "d.name" : "d.digest")
        let value = try comparison.condition(column, given.comparator, given.value)
        let row = "SELECT 1 FROM run_datasets AS i JOIN \(table) WHERE i.run = r.number AND \(value.sql)"
        return SQLPart("EXISTS (\(row) \(SQLPart.perRow))", value.values)
    }

    private func attribute(_ given: SearchComparison) throws -> SQLPart {
        switch given.key {
        case "run_name":
            // MLflow looks at the tag, which can be deleted while the name stays.
            let tag = SearchComparison(entity: .tag, key: TrackingStore.nameTag, comparator: given.comparator, value: given.value)
            return try text("tracked_run_tags", tag)
        case "status": return try status(given)
        default:
            guard let column = RunColumn.column(given.key) else { return .never }
            return try comparison.condition(column, given.comparator, given.value)
        }
    }

    /// A status is stored as a number and compared by its name.
    private func status(_ given: SearchComparison) throws -> SQLPart {
        guard case .text(let text) = given.value else { return .never }
        let found = TrackedRun.Status.allCases.filter { status in
            switch given.comparator {
            case .equal: status.name == text
            case .notEqual: status.name != text
            case .like: LikePattern(text).matches(status.name)
            case .ilike: LikePattern(text, foldsCase: true).matches(status.name)
            default: false
            }
        }
        return found.isEmpty ? .never : .column("r.status", among: found.map { Int64($0.rawValue) })
    }
}

/// The columns of the attributes that are compared and sorted as they are stored.
enum RunColumn {
    static func column(_ attribute: String) -> String? {
        switch attribute {
        case "run_id": "r.id"
        case "run_name": "r.name"
        case "user_id": "r.user_name"
        case "artifact_uri": "r.artifact_uri"
        case "start_time": "r.started_at"
        case "end_time": "r.ended_at"
        default: nil
        }
    }
}

extension TrackedRun.Status {
    /// MLflow's word for it.
    package var name: String {
        switch self {
        case .running: "RUNNING"
        case .scheduled: "SCHEDULED"
        case .finished: "FINISHED"
        case .failed: "FAILED"
        case .killed: "KILLED"
        }
    }
}
