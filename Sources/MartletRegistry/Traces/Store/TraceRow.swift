import MartletStore

/// A trace as it is read from its own table.
struct TraceRow {
    static let columns =
        "t.number, t.id, t.experiment, t.started_at, t.duration, t.state, t.client_request, t.request_preview, t.response_preview"

    let number: Int64
    var info: TraceInfo

    var experiment: Int64 { info.experiment }

    /// Reads `columns`.
    init(row: any SQLRow) {
        number = row.integer(0)
        info = TraceInfo(
            id: row.text(1), experiment: row.integer(2), startedAt: row.integer(3), duration: row.optionalInteger(4),
            // No other number is ever written.
            state: TraceInfo.State(rawValue: Int(truncatingIfNeeded: row.integer(5))) ?? .unspecified,
            clientRequestID: row.optionalText(6), requestPreview: row.optionalText(7), responsePreview: row.optionalText(8))
    }
}

extension TrackingSession {
    func optionalTraceRow(_ id: String) throws -> TraceRow? {
        try connection.first("SELECT \(TraceRow.columns) FROM traces AS t WHERE t.id = ?", [.text(id)], TraceRow.init(row:))
    }

    func traceRow(_ id: String) throws -> TraceRow {
        guard let row = try optionalTraceRow(id) else {
            throw TrackingFault.noTrace(id)
        }
        return row
    }

    func traceInfo(_ id: String) throws -> TraceInfo { try complete([try traceRow(id)])[0] }

    /// Those that there are, each once.
    func traceRows(_ ids: [String]) throws -> [TraceRow] {
        var seen: Set<String> = []
        return try ids.filter { seen.insert($0).inserted }.compactMap(optionalTraceRow)
    }

    /// The traces with their tags, metadata and assessments, in the same order.
    func complete(_ rows: [TraceRow]) throws -> [TraceInfo] {
        var infos = rows.map(\.info)
        let places = Dictionary(rows.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        for list in NumberList.lists(of: rows.map(\.number)) {
            try addTexts("trace_tags", list) { trace, pair in places[trace].map { infos[$0].tags.append(pair) } }
            try addTexts("trace_metadata", list) { trace, pair in places[trace].map { infos[$0].metadata.append(pair) } }
            let sql = """
                SELECT \(AssessmentRow.columns), a.trace FROM trace_assessments AS a WHERE a.trace IN (\(list.placeholders))
                ORDER BY a.trace, a.number
                """
            try connection.query(sql, list.values) { row in
                guard let place = places[row.integer(AssessmentRow.columnCount)] else { return }
                infos[place].assessments.append(try AssessmentRow.assessment(row))
            }
        }
        return infos
    }

    private func addTexts(_ table: String, _ list: NumberList, _ add: (Int64, KeyedText) -> Void?) throws {
        let sql = "SELECT trace, key, value FROM \(table) WHERE trace IN (\(list.placeholders)) ORDER BY trace, key"
        try connection.query(sql, list.values) { row in
            _ = add(row.integer(0), KeyedText(try keys.name(of: row.integer(1)), row.text(2)))
        }
    }

    /// Sets a tag or metadata of a trace.
    func setText(_ pair: KeyedText, _ table: TraceTexts, _ trace: Int64) throws {
        try connection.execute(
            """
            INSERT INTO \(table.rawValue) (trace, key, value) VALUES (?, ?, ?)
            ON CONFLICT (trace, key) DO UPDATE SET value = excluded.value
            """,
            [.integer(trace), .integer(try keys.makeNumber(of: pair.key)), .text(pair.value)])
    }

    /// A tag or metadata of a trace.
    func text(_ key: String, _ table: TraceTexts, _ trace: Int64) throws -> String? {
        guard let number = try keys.number(of: key) else { return nil }
        return try connection.first(
            "SELECT value FROM \(table.rawValue) WHERE trace = ? AND key = ?", [.integer(trace), .integer(number)]
        ) { $0.text(0) }
    }
}

/// The tables of what is kept of a trace by key.
enum TraceTexts: String { case tags = "trace_tags", metadata = "trace_metadata" }
