import MartletStore

/// The comparisons of a filter of traces as conditions on `traces AS t`.
struct TraceConditions {
    private let keys: KeySession
    private let comparison: ColumnComparison
    private let experiments: [Int64]

    init(_ session: TrackingSession, experiments: [Int64]) {
        keys = session.keys
        comparison = ColumnComparison(dialect: session.connection.dialect)
        self.experiments = experiments
    }

    /// All comparisons; those of spans hold for one span together.
    func conditions(_ all: [SearchComparison]) throws -> [SQLPart] {
        let spans = all.filter { $0.entity == .span }
        let own = try all.filter { $0.entity != .span }.map(condition)
        guard !spans.isEmpty else { return own }
        let span = SQLPart.all(try spans.map(self.span))
        return own + [SQLPart("EXISTS (SELECT 1 FROM trace_spans AS s WHERE s.trace = t.number AND \(span.sql))", span.values)]
    }

    private func condition(_ given: SearchComparison) throws -> SQLPart {
        try Self.check(given)
        switch given.entity {
        case .tag where given.key == TraceKey.linkedPrompts: return link(.prompt, given)
        case .tag: return try text(.tags, given)
        case .metadata where given.key == TraceKey.sourceRun && given.comparator == .equal:
            let (own, linked) = (try text(.metadata, given), link(.run, given))
            return SQLPart("(\(own.sql) OR \(linked.sql))", own.values + linked.values)
        case .metadata: return try text(.metadata, given)
        case .feedback, .expectation: return try assessment(given)
        case .issue: return issue(given)
        default: return try attribute(given)
        }
    }

    /// Refuses what MLflow cannot compare, and regular expressions, which are not searched with here.
    private static func check(_ given: SearchComparison) throws(TrackingFault) {
        if given.comparator == .rlike { throw regularExpression }
        guard given.entity == .metadata, TraceUsage(rawValue: given.key) != nil else { return }
        guard [.equal, .notEqual, .isNull, .isNotNull].contains(given.comparator) else {
            throw TrackingFault(
                .invalidParameterValue,
                "Comparator '\(given.comparator.rawValue)' is not supported for reserved metadata '\(given.key)'. Only '=', '!=', "
                    + "'IS NULL', and 'IS NOT NULL' are supported.")
        }
    }

    private static let regularExpression = TrackingFault(
        .invalidParameterValue, "RLIKE operator is not supported. Consider using LIKE or ILIKE operators instead.")

    // MARK: Attributes, tags and metadata

    private func attribute(_ given: SearchComparison) throws -> SQLPart {
        if given.key == "status" { return status(given) }
        guard let column = TraceColumn.column(given.key) else { return .never }
        return try comparison.condition(column, given.comparator, given.value)
    }

    /// A state is stored as a number and compared by its name.
    private func status(_ given: SearchComparison) -> SQLPart {
        let found = TraceInfo.State.allCases.filter { state in
            switch (given.comparator, given.value) {
            case (.equal, .text(let text)): state.name == text
            case (.notEqual, .text(let text)): state.name != text
            case (.like, .text(let text)): LikePattern(text).matches(state.name)
            case (.ilike, .text(let text)): LikePattern(text, foldsCase: true).matches(state.name)
            case (.isIn, .texts(let texts)): texts.contains(state.name)
            case (.isNotIn, .texts(let texts)): !texts.contains(state.name)
            default: false
            }
        }
        return found.isEmpty ? .never : .column("t.state", among: found.map { Int64($0.rawValue) })
    }

    private func text(_ table: TraceTexts, _ given: SearchComparison) throws -> SQLPart {
        let key = try keys.number(of: given.key)
        let row = "SELECT 1 FROM \(table.rawValue) AS x WHERE x.trace = t.number AND x.key = ?"
        if given.comparator == .isNull {
            return key.map { SQLPart("NOT EXISTS (\(row))", [.integer($0)]) } ?? SQLPart("1 = 1")
        }
        guard let key else { return .never }
        if given.comparator == .isNotNull { return SQLPart("EXISTS (\(row))", [.integer(key)]) }
        let value = try comparison.condition("x.value", given.comparator, given.value)
        return SQLPart("EXISTS (\(row) AND \(value.sql))", [.integer(key)] + value.values)
    }

    private func link(_ kind: TraceLink, _ given: SearchComparison) -> SQLPart {
        guard case .text(let target) = given.value else { return .never }
        return SQLPart(
            "EXISTS (SELECT 1 FROM trace_links AS l WHERE l.kind = ? AND l.target = ? AND l.trace = t.id)",
            [.integer(kind.rawValue), .text(target)])
    }

    // MARK: Spans

    private func span(_ given: SearchComparison) throws -> SQLPart {
        if given.comparator == .rlike { throw Self.regularExpression }
        let attribute = given.key.hasPrefix("attributes.") ? given.key.dropFirst("attributes.".count) : nil
        guard let attribute else {
            return try comparison.condition("s.\(given.key == "content" ? "content" : column(given.key))", given.comparator, given.value)
        }
        // MLflow looks for the text of the attribute in the text of the span.
        guard case .text(let text) = given.value else { return .never }
        let pattern = "%\"\(String(attribute).withoutBackticks)\"\(text)%"
        return try comparison.condition("s.content", given.comparator, .text(pattern))
    }

    private func column(_ key: String) -> String {
        switch key {
        case "type": "type"
        case "status": "status"
        default: "name"
        }
    }

    // MARK: Assessments

    private func issue(_ given: SearchComparison) -> SQLPart {
        guard case .text(let id) = given.value else { return .never }
        return SQLPart(
            "EXISTS (SELECT 1 FROM trace_assessments AS a WHERE a.trace = t.number AND a.kind = ? AND a.name = ?)",
            [.integer(AssessmentRow.Kind.issue.rawValue), .text(id)])
    }

    /// An assessment of a session holds for all traces of the session.
    private func assessment(_ given: SearchComparison) throws -> SQLPart {
        let kind = given.entity == .feedback ? AssessmentRow.Kind.feedback : .expectation
        var own = SQLPart("a.kind = ? AND a.name = ? AND a.is_valid = 1", [.integer(kind.rawValue), .text(given.key)])
        if given.comparator != .isNull, given.comparator != .isNotNull { own = .all([own, try value(given)]) }
        let direct = SQLPart("EXISTS (SELECT 1 FROM trace_assessments AS a WHERE a.trace = t.number AND \(own.sql))", own.values)
        let sessions = try ofSession(own)
        let either = SQLPart("(\(direct.sql) OR \(sessions.sql))", direct.values + sessions.values)
        return given.comparator == .isNull ? SQLPart("NOT \(either.sql)", either.values) : either
    }

    private func ofSession(_ own: SQLPart) throws -> SQLPart {
        guard let key = try keys.number(of: TraceKey.session) else { return .never }
        let place = SQLPart.column("u.experiment", among: experiments)
        return SQLPart(
            """
            EXISTS (SELECT 1 FROM trace_metadata AS x WHERE x.trace = t.number AND x.key = ? AND x.value IN (
                SELECT y.value FROM trace_assessments AS a JOIN trace_metadata AS y ON y.trace = a.trace AND y.key = ?
                JOIN traces AS u ON u.number = a.trace WHERE \(own.sql) AND a.is_of_session = 1 AND \(place.sql)))
            """, [.integer(key), .integer(key)] + own.values + place.values)
    }

    /// Values are JSON: a text is compared as it is, and in quotes.
    private func value(_ given: SearchComparison) throws -> SQLPart {
        guard case .text(let text) = given.value else {
            return try comparison.condition("a.quantity", given.comparator, given.value)
        }
        let both: [SQLValue] = [.text(text), .text(JSONText.quoted(text))]
        switch given.comparator {
        case .equal: return SQLPart("a.value IN (?,?)", both)
        case .notEqual: return SQLPart("a.value NOT IN (?,?)", both)
        default: return try comparison.condition("a.value", given.comparator, given.value)
        }
    }
}

/// The columns of the attributes that are compared and sorted as they are stored.
enum TraceColumn {
    static func column(_ attribute: String) -> String? {
        switch attribute {
        case "request_id": "t.id"
        case "client_request_id": "t.client_request"
        case "experiment_id": "t.experiment"
        case "timestamp_ms": "t.started_at"
        case "execution_time_ms": "t.duration"
        case "end_time_ms": "(t.started_at + COALESCE(t.duration, 0))"
        default: nil
        }
    }
}

extension String {
    /// Without the backticks around it.
    fileprivate var withoutBackticks: String {
        count > 1 && hasPrefix("`") && hasSuffix("`") ? String(dropFirst().dropLast()) : self
    }
}
