import Foundation
import MartletCore

/// A record as a client sends it.
struct EvaluationRecordDraft: Sendable {
    private static let sourceTypes = ["UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"]

    let inputs: PythonMembers
    let hasOutputs: Bool
    let outputs: PythonValue?
    let expectations: PythonMembers
    let tags: PythonMembers
    let source: PythonValue?

    /// Reads an array of records.
    static func drafts(of records: PythonValue) throws(TrackingFault) -> [EvaluationRecordDraft] {
        guard let records = records.array else { throw refusal("an array of records", records) }
        var drafts: [EvaluationRecordDraft] = []
        for record in records { drafts.append(try EvaluationRecordDraft(record)) }
        return drafts
    }

    private init(_ record: PythonValue) throws(TrackingFault) {
        guard let members = record.object else { throw Self.refusal("each record to be an object", record) }
        inputs = try Self.object(members["inputs"], "inputs")
        expectations = try Self.object(members["expectations"], "expectations")
        tags = try Self.object(members["tags"], "tags")
        hasOutputs = members["outputs"] != nil
        outputs = members["outputs"] == .null ? .none : members["outputs"]
        source = try Self.source(members["source"])
    }

    var user: String? { tags[EvaluationDatasetStore.userTag]?.string }

    private static func object(_ value: PythonValue?, _ name: String) throws(TrackingFault) -> PythonMembers {
        guard let value, value != .null else { return PythonMembers() }
        guard let object = value.object else { throw refusal("'\(name)' of each record to be an object", value) }
        return object
    }

    private static func source(_ value: PythonValue?) throws(TrackingFault) -> PythonValue? {
        let members = try object(value, "source")
        guard !members.isEmpty else { return nil }
        let type = members["source_type"]?.string?.uppercased() ?? ""
        guard sourceTypes.contains(type) else {
            throw TrackingFault(
                .invalidParameterValue,
                "Invalid dataset record source type: \(type). Valid source types: \(PythonText.list(sourceTypes))")
        }
        return ["source_type": .string(type), "source_data": .object(try object(members["source_data"], "source_data"))]
    }

    private static func refusal(_ expected: String, _ found: PythonValue) -> TrackingFault {
        TrackingFault(.invalidParameterValue, "Invalid records: expected \(expected), found \(found.kind).")
    }
}

/// What a dataset tells of its records, as JSON.
enum EvaluationProfile {
    static func text(_ count: Int64) -> String { "{\"num_records\": \(count)}" }

    private static let empty: PythonValue = ["inputs": [:], "outputs": [:], "expectations": [:], "version": "1.0"]

    /// The kinds of all fields; of a field that is known the first stays. - Returns: `nil` where there are no records yet.
    static func schema(_ known: String?, with drafts: [EvaluationRecordDraft]) throws -> String? {
        if known == nil, drafts.isEmpty { return nil }
        var schema = (try known.map { try PythonValue(parsing: $0, as: "a stored schema") } ?? empty).object ?? PythonMembers()
        for draft in drafts {
            add(draft.inputs, to: &schema, "inputs")
            add(draft.expectations, to: &schema, "expectations")
            guard let outputs = draft.outputs else { continue }
            if let members = outputs.object {
                add(members, to: &schema, "outputs")
            } else if schema["outputs"]?.object?.isEmpty ?? true {
                schema["outputs"] = kind(of: outputs)
            }
        }
        return PythonJSON.text(.object(schema))
    }

    private static func add(_ fields: PythonMembers, to schema: inout PythonMembers, _ name: String) {
        let known = schema[name] ?? [:]
        guard var kinds = known.object else { return }
        for field in fields.all where kinds[field.name] == nil { kinds[field.name] = kind(of: field.value) }
        schema[name] = .object(kinds)
    }

    private static func kind(of value: PythonValue) -> PythonValue {
        switch value {
        case .null: "null"
        case .boolean: "boolean"
        case .integer: "integer"
        case .number: "float"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// The token of a page of records, as MLflow writes it: Base64 of when the last record of the page before was made, and its identifier.
struct RecordPageToken {
    let createdAt: Int64
    let id: String

    init(createdAt: Int64, id: String) { (self.createdAt, self.id) = (createdAt, id) }

    init(parsing token: String) throws(TrackingFault) {
        let text = PythonBase64.decoded(token).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let parts = text.split(separator: ":", maxSplits: 1)
        guard token.utf8.count <= PageToken.lengthMaxBytes, parts.count == 2, let time = Int64(parts[0]) else {
            throw TrackingFault(.invalidParameterValue, "Invalid page token, could not base64-decode")
        }
        self.init(createdAt: time, id: String(parts[1]))
    }

    var text: String { Data("\(createdAt):\(id)".utf8).base64EncodedString() }
}
