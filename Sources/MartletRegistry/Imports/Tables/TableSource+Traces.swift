import MartletCore
import MartletStore

/// Traces in tables. Spans are there where MLflow keeps them in its database; else they are artifacts.
extension TableSource {
    func traces(_ keys: [String]) async throws -> SourceBatch<SourceTrace> {
        let list = TextList(keys)
        let sql = """
            SELECT request_id, experiment_id, timestamp_ms, execution_time_ms, status,
                \(TraceColumns.texts.map { tables.column("trace_info", $0) }.joined(separator: ", ")),
                \(TraceColumns.names.map { tables.column("trace_info", $0) }.joined(separator: ", "))
            FROM trace_info WHERE request_id IN \(list.sql) ORDER BY request_id
            """
        return try await database.read { [tables] connection in
            let tags = try connection.texts("trace_tags", "request_id", list)
            let metadata = try connection.texts("trace_request_metadata", "request_id", list)
            let rows = try connection.found(sql, list) { row in (TraceInfo(source: row), TraceColumns(row: row, from: 8)) }
            let byKey = Dictionary(rows.map { ($0.0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let assessments = tables.has("assessments") ? try self.assessments(list, connection) : [:]
            let spans = tables.has("spans") ? try self.spans(list, connection) : [:]
            let links = tables.has("entity_associations") ? try self.links(list, connection) : [:]
            return try .reading(.traces, keys) { key in
                guard let (row, columns) = byKey[key] else { return nil }
                var info = row
                info.tags = columns.completed(tags: tags[key] ?? [])
                info.metadata = columns.completed(metadata: metadata[key] ?? [])
                info.assessments = try (assessments[key] ?? []).map { try $0.assessment() }
                let sourceRuns = info.metadata.filter { $0.key == TraceKey.sourceRun }.map(\.value)
                return SourceTrace(
                    info: info, spans: spans[key] ?? [], runs: sourceRuns + (links[key] ?? []).filter { $0.isRun }.map(\.target),
                    prompts: (links[key] ?? []).filter { !$0.isRun }.map(\.target),
                    artifacts: SourceArtifacts(
                        owner: key, uri: info.tags.first { $0.key == TraceKey.artifactLocation }?.value ?? "", folder: nil))
            }
        }
    }

    private func spans(_ list: TextList, _ connection: any SQLConnection) throws -> [String: [SpanRow]] {
        let sql = """
            SELECT trace_id, span_id, parent_span_id, name, type, status, start_time_unix_nano, content FROM spans
            WHERE trace_id IN \(list.sql) ORDER BY trace_id, span_id
            """
        let found = try connection.found(sql, list) { row in
            (
                row.text(0),
                SpanRow(
                    id: row.text(1), parent: row.optionalText(2), name: row.text(3), type: row.optionalText(4), status: row.text(5),
                    startedAt: row.integer(6), content: row.text(7))
            )
        }
        return Dictionary(grouping: found, by: \.0).mapValues { $0.map(\.1) }
    }

    private func links(_ list: TextList, _ connection: any SQLConnection) throws -> [String: [(isRun: Bool, target: String)]] {
        let sql = """
            SELECT source_id, destination_type, destination_id FROM entity_associations
            WHERE source_id IN \(list.sql) AND source_type = 'trace' AND destination_type IN ('run', 'prompt_version')
            """
        let found = try connection.found(sql, list) { ($0.text(0), (isRun: $0.text(1) == "run", target: $0.text(2))) }
        return Dictionary(grouping: found, by: \.0).mapValues { $0.map(\.1) }
    }

    private func assessments(_ list: TextList, _ connection: any SQLConnection) throws -> [String: [AssessmentSourceRow]] {
        let sql = """
            SELECT trace_id, assessment_id, name, assessment_type, value, error, source_type, source_id, created_timestamp,
                last_updated_timestamp, span_id, rationale, assessment_metadata, overrides, CASE WHEN valid THEN 1 ELSE 0 END
            FROM assessments WHERE trace_id IN \(list.sql) ORDER BY trace_id, created_timestamp, assessment_id
            """
        return Dictionary(grouping: try connection.found(sql, list, AssessmentSourceRow.init(row:)), by: \.trace)
    }
}

/// What newer schemas keep in columns of a trace, and older ones as tags and metadata, which is how it is shown.
private struct TraceColumns: Sendable {
    /// What MLflow 3 added.
    static let texts = ["client_request_id", "request_preview", "response_preview"]
    static let names = ["trace_name", "session_id"] + tokens + costs
    private static let tokens = [
        "input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
        "cache_creation_input_tokens_above_1hr",
    ]
    private static let costs = ["input_cost", "output_cost", "total_cost"]

    private let name: String?
    private let session: String?
    private let usage: [String: JSONValue]
    private let cost: [String: JSONValue]

    init(row: any SQLRow, from first: Int) {
        (name, session) = (row.optionalText(first), row.optionalText(first + 1))
        let own = first + 2
        let counts = Self.tokens.enumerated().compactMap { place, key in
            row.optionalInteger(own + place).map { (key, JSONValue.integer($0)) }
        }
        usage = Dictionary(counts, uniquingKeysWith: { first, _ in first })
        let behind = own + Self.tokens.count
        let sums = Self.costs.enumerated().compactMap { place, key in
            row.isNull(behind + place) ? nil : (key, JSONValue.number(row.real(behind + place)))
        }
        cost = Dictionary(sums, uniquingKeysWith: { first, _ in first })
    }

    func completed(tags: [KeyedText]) -> [KeyedText] { Self.adding(name, as: TraceKey.name, to: tags) }

    func completed(metadata: [KeyedText]) -> [KeyedText] {
        var metadata = Self.adding(session, as: TraceKey.session, to: metadata)
        metadata = Self.adding(TraceUsage.tokens.text(usage), as: TraceUsage.tokens.rawValue, to: metadata)
        return Self.adding(TraceUsage.cost.text(cost), as: TraceUsage.cost.rawValue, to: metadata)
    }

    private static func adding(_ text: String?, as key: String, to texts: [KeyedText]) -> [KeyedText] {
        guard let text, !texts.contains(where: { $0.key == key }) else { return texts }
        return texts + [KeyedText(key, text)]
    }
}

extension TraceInfo {
    fileprivate init(source row: any SQLRow) {
        let state = row.text(4)
        self.init(
            id: row.text(0), experiment: row.integer(1), startedAt: row.integer(2), duration: row.optionalInteger(3),
            state: State.allCases.first { $0.name == state } ?? .unspecified, clientRequestID: row.optionalText(5),
            requestPreview: row.optionalText(6), responsePreview: row.optionalText(7))
    }
}

/// A row of `assessments`, whose texts of JSON are still to be read.
private struct AssessmentSourceRow: Sendable {
    let trace: String
    private let kind: String
    private let value: String
    private let error: String?
    private let metadata: String?
    private let told: Assessment

    init(row: any SQLRow) {
        (trace, kind, value, error, metadata) = (row.text(0), row.text(3), row.text(4), row.optionalText(5), row.optionalText(12))
        let source = row.text(6)
        told = Assessment(
            id: row.text(1), name: row.text(2), value: .issue(""),
            source: Assessment.Source(
                Assessment.SourceKind.allCases.first { $0.name == source } ?? .unspecified, id: row.optionalText(7)),
            createdAt: row.integer(8), updatedAt: row.integer(9), span: row.optionalText(10), rationale: row.optionalText(11),
            overrides: row.optionalText(13), isValid: row.flag(14))
    }

    /// - Throws: `invalidInput` where a text is no JSON.
    func assessment() throws -> Assessment {
        var own = told
        let json = try JSONValue(parsing: value, as: "the value of assessment '\(own.id)'")
        switch kind {
        case "feedback": own.value = .feedback(json, error: try error.map(fault))
        case "issue": own.value = .issue(json["issue_name"]?.string ?? "")
        default: own.value = .expectation(json)
        }
        let members = try metadata.map { try JSONValue(parsing: $0, as: "the metadata of assessment '\(own.id)'") }?.object ?? [:]
        own.metadata = members.sorted { $0.key < $1.key }.map { KeyedText($0.key, $0.value.string ?? $0.value.canonicalText) }
        return own
    }

    private func fault(_ text: String) throws -> Assessment.Fault {
        let json = try JSONValue(parsing: text, as: "the error of assessment '\(told.id)'")
        return Assessment.Fault(
            code: json["error_code"]?.string ?? "", message: json["error_message"]?.string, stackTrace: json["stack_trace"]?.string)
    }
}
