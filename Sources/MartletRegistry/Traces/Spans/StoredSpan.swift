import Foundation
import MartletCore

/// A span as it is stored: MLflow's JSON of it, and what searches and sums need.
struct StoredSpan {
    /// 32 hexadecimal digits behind `tr-`.
    let trace: String
    /// 16 hexadecimal digits.
    let id: String
    let parent: String?
    let name: String
    let type: String?
    let status: ReceivedSpan.Status
    /// Nanoseconds since 1970 UTC.
    let startedAt: Int64
    /// 0 where it has not ended.
    let endedAt: Int64
    /// Each value as JSON.
    let attributes: [KeyedText]
    let content: String

    /// - Parameter resource: of the service that sent it.
    /// - Throws: where the span cannot be one of MLflow's.
    init(_ span: ReceivedSpan, resource: [SpanAttribute]) throws(SpanFlaw) {
        guard let traceID = SpanID.padded(span.trace, to: 16), let id = SpanID.padded(span.id, to: 8) else { throw .identifier }
        guard let startedAt = Int64(exactly: span.startedAt), let endedAt = Int64(exactly: span.endedAt) else { throw .time }
        var parent: [UInt8]?
        if span.parent.contains(where: { $0 != 0 }) {
            guard let padded = SpanID.padded(span.parent, to: 8) else { throw .identifier }
            parent = padded
        }
        trace = "tr-" + SpanID.hexadecimal(traceID)
        self.id = SpanID.hexadecimal(id)
        self.parent = parent.map(SpanID.hexadecimal)
        name = span.name
        status = span.status
        self.startedAt = startedAt
        self.endedAt = endedAt
        let service = parent == nil ? ServiceName.known(in: resource) : nil
        attributes = SpanTranslation.attributes(of: span, trace: trace, service: service)
        let typeText = attributes.last { $0.key == SpanTranslation.type }?.value
        type = typeText.map { PythonJSON.unquoted($0) ?? $0 }
        content = try Self.content(span, traceID, id, parent, attributes)
    }

    func attribute(_ key: String) -> String? { attributes.first { $0.key == key }?.value }

    private static func content(
        _ span: ReceivedSpan, _ trace: [UInt8], _ id: [UInt8], _ parent: [UInt8]?, _ attributes: [KeyedText]
    ) throws(SpanFlaw) -> String {
        var links: [String] = []
        for link in span.links { links.append(try self.link(link)) }
        let events = span.events.map { event in
            "{\"name\": \(PythonJSON.quoted(event.name)), \"time_unix_nano\": \(event.at), \"attributes\": \(event.attributes.json)}"
        }
        let members = attributes.map { PythonJSON.quoted($0.key) + ": " + PythonJSON.quoted($0.value) }
        return """
            {"trace_id": "\(base64(trace))", "span_id": "\(base64(id))", \
            "parent_span_id": \(parent.map { "\"\(base64($0))\"" } ?? "null"), "name": \(PythonJSON.quoted(span.name)), \
            "start_time_unix_nano": \(span.startedAt), "end_time_unix_nano": \(span.endedAt), \
            "events": [\(events.joined(separator: ", "))], \
            "status": {"code": "\(span.status.wireName)", "message": \(PythonJSON.quoted(span.statusMessage))}, \
            "attributes": {\(members.joined(separator: ", "))}, "links": [\(links.joined(separator: ", "))]}
            """
    }

    private static func link(_ link: ReceivedSpan.Link) throws(SpanFlaw) -> String {
        guard let trace = SpanID.padded(link.trace, to: 16, isOptional: true), let id = SpanID.padded(link.span, to: 8, isOptional: true)
        else { throw .identifier }
        // Here bytes are Base64.
        let attributes = link.attributes.map { attribute -> SpanAttribute in
            guard case .bytes(let bytes) = attribute.value else { return attribute }
            return SpanAttribute(attribute.key, .text(base64(bytes)))
        }
        return """
            {"trace_id": "tr-\(SpanID.hexadecimal(trace))", "span_id": "\(SpanID.hexadecimal(id))", \
            "attributes": \(attributes.isEmpty ? "null" : attributes.json)}
            """
    }

    private static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}

/// Why a span cannot be stored.
package enum SpanFlaw: Error, Sendable, Equatable {
    /// An identifier that is missing, or of more than 16 bytes for a trace and 8 for a span.
    case identifier
    /// A time that is behind the year 2262.
    case time
}

/// The identifiers of traces and spans.
enum SpanID {
    /// With zeros in front; `nil` where it is longer, or empty and not optional.
    static func padded(_ bytes: [UInt8], to count: Int, isOptional: Bool = false) -> [UInt8]? {
        guard isOptional || !bytes.isEmpty else { return nil }
        let bytes = bytes.drop { $0 == 0 }
        guard bytes.count <= count else { return nil }
        return Array(repeating: 0, count: count - bytes.count) + bytes
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// The names of services that MLflow shows with their traces.
enum ServiceName {
    private static let known: Set = ["claude-code", "codex_cli_rs", "codex_vscode", "gemini-cli", "qwen-code"]

    static let key = "service.name"

    static func known(in resource: [SpanAttribute]) -> String? {
        guard case .text(let name)? = resource.first(where: { $0.key == key })?.value, known.contains(name) else { return nil }
        return name
    }
}

extension ReceivedSpan.Status {
    /// OpenTelemetry's word for it.
    package var wireName: String { "STATUS_CODE_" + name }

    /// MLflow's word for it.
    var name: String {
        switch self {
        case .unset: "UNSET"
        case .ok: "OK"
        case .error: "ERROR"
        }
    }
}
