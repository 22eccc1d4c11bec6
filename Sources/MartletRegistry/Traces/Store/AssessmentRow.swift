import MartletCore
import MartletStore

/// An assessment as it is stored.
enum AssessmentRow {
    static let columns = """
        a.id, a.name, a.kind, a.value, a.error, a.source_kind, a.source_id, a.created_at, a.updated_at, a.span, a.rationale, a.metadata, \
        a.overrides, a.is_valid
        """
    static let columnCount = 14

    /// The kinds as they are stored.
    enum Kind: Int64 { case feedback, expectation, issue }

    /// Reads `columns`.
    static func assessment(_ row: any SQLRow) throws -> Assessment {
        Assessment(
            id: row.text(0), name: row.text(1), value: try value(row), source: source(row), createdAt: row.integer(7),
            updatedAt: row.integer(8), span: row.optionalText(9), rationale: row.optionalText(10),
            metadata: try row.optionalText(11).map(pairs) ?? [], overrides: row.optionalText(12), isValid: row.flag(13))
    }

    private static func source(_ row: any SQLRow) -> Assessment.Source {
        // No other number is ever written.
        Assessment.Source(
            Assessment.SourceKind(rawValue: Int(truncatingIfNeeded: row.integer(5))) ?? .unspecified, id: row.optionalText(6))
    }

    private static func value(_ row: any SQLRow) throws -> Assessment.Value {
        let value = try JSONValue(parsing: row.text(3), as: "the value of assessment '\(row.text(0))'")
        switch Kind(rawValue: row.integer(2)) {
        case .feedback: return .feedback(value, error: try row.optionalText(4).map(fault))
        case .issue: return .issue(value["issue_name"]?.string ?? "")
        default: return .expectation(value)
        }
    }

    private static func fault(_ text: String) throws -> Assessment.Fault {
        let value = try JSONValue(parsing: text, as: "the error of an assessment")
        return Assessment.Fault(
            code: value["error_code"]?.string ?? "", message: value["error_message"]?.string, stackTrace: value["stack_trace"]?.string)
    }

    private static func pairs(_ text: String) throws -> [KeyedText] {
        let members = try JSONValue(parsing: text, as: "the metadata of an assessment").object ?? [:]
        return members.sorted { $0.key < $1.key }.map { KeyedText($0.key, $0.value.string ?? "") }
    }
}

extension Assessment {
    /// What is stored of a new assessment. - Parameter id: for one that has none.
    func stored(id: String, at time: Int64) -> Assessment {
        var own = self
        if own.id.isEmpty { own.id = id }
        if own.createdAt == 0 { own.createdAt = time }
        if own.updatedAt == 0 { own.updatedAt = time }
        own.isValid = true
        return own
    }

    fileprivate var kind: AssessmentRow.Kind {
        switch value {
        case .feedback: .feedback
        case .expectation: .expectation
        case .issue: .issue
        }
    }

    fileprivate var json: JSONValue {
        switch value {
        case .feedback(let value, _), .expectation(let value): value
        case .issue(let name): ["issue_name": .string(name)]
        }
    }

    /// The value where it is a finite number.
    private var quantity: SQLValue { json.double.flatMap { $0.isFinite ? .real($0) : nil } ?? .null }

    private var error: SQLValue {
        guard case .feedback(_, let fault?) = value else { return .null }
        return .text(
            PythonJSON.text([
                "error_code": .string(fault.code), "error_message": fault.message.map(JSONValue.string) ?? .null,
                "stack_trace": fault.stackTrace.map(JSONValue.string) ?? .null,
            ]))
    }

    /// The values of what may change, in the order of both statements below.
    fileprivate var changeable: [SQLValue] {
        [
            .text(name), .text(PythonJSON.text(json)), quantity, error, .integer(updatedAt), .optional(rationale),
            metadata.isEmpty ? .null : .text(PythonJSON.text(metadata)), .flag(metadata.contains { $0.key == TraceKey.session }),
        ]
    }
}

// MARK: - Within a write

extension TrackingSession {
    func insert(_ assessment: Assessment, _ trace: Int64, _ id: String) throws {
        let count = try connection.execute(
            """
            INSERT INTO trace_assessments (
                id, trace, kind, source_kind, source_id, created_at, span, overrides, is_valid,
                name, value, quantity, error, updated_at, rationale, metadata, is_of_session
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                .text(assessment.id), .integer(trace), .integer(assessment.kind.rawValue),
                .integer(Int64(assessment.source.kind.rawValue)), .optional(assessment.source.id), .integer(assessment.createdAt),
                .optional(assessment.span), .optional(assessment.overrides),
            ] + assessment.changeable)
        guard count > 0 else {
            throw TrackingFault(.badRequest, "Failed to create assessment for trace '\(id)' due to a constraint violation.")
        }
    }

    func update(_ assessment: Assessment) throws {
        try connection.execute(
            """
            UPDATE trace_assessments SET name = ?, value = ?, quantity = ?, error = ?, updated_at = ?, rationale = ?, metadata = ?,
                is_of_session = ?
            WHERE id = ?
            """, assessment.changeable + [.text(assessment.id)])
    }
}
