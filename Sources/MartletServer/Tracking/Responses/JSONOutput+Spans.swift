import Foundation
import MartletCore
import MartletRegistry

/// Spans in OpenTelemetry's form, from that in which they are stored.
extension JSONOutput {
    /// - Throws: where the stored span cannot be read, which is no client's fault.
    mutating func writeSpan(_ content: String) throws {
        guard let span = try RequestDocument(Array(content.utf8))?.root, span.kind == .object else {
            throw MartletError(.corrupt, "a stored span is no JSON object; delete its trace")
        }
        object { output in
            output.copy("trace_id", of: span)
            output.copy("span_id", of: span)
            output.copy("parent_span_id", of: span)
            output.copy("name", of: span)
            output.copy("start_time_unix_nano", of: span)
            if span.member("end_time_unix_nano")?.integer != 0 { output.copy("end_time_unix_nano", of: span) }
            output.attributes(span.member("attributes"), areJSON: true)
            output.events(span.member("events"))
            output.links(span.member("links"))
            if let status = span.member("status") {
                output.name("status")
                output.object {
                    $0.copy("code", of: status)
                    if status.member("message")?.isEmptyText == false { $0.copy("message", of: status) }
                }
            }
        }
    }

    /// A text or an integer as it is stored; left out where it is null.
    private mutating func copy(_ name: StaticString, of object: RequestValue) {
        guard let value = object.member(name) else { return }
        if let text = value.text { member(name, text) } else if let integer = value.integer { member(name, integer) }
    }

    private mutating func events(_ events: RequestValue?) {
        member("events", list: events.map { Array($0.elements) } ?? []) { output, event in
            output.object {
                $0.copy("time_unix_nano", of: event)
                $0.copy("name", of: event)
                $0.attributes(event.member("attributes"))
            }
        }
    }

    private mutating func links(_ links: RequestValue?) {
        member("links", list: links.map { Array($0.elements) } ?? []) { output, link in
            output.object {
                $0.member("trace_id", Self.base64(link.member("trace_id")?.text.map { String($0.dropFirst(3)) }))
                $0.member("span_id", Self.base64(link.member("span_id")?.text))
                $0.attributes(link.member("attributes"))
            }
        }
    }

    private static func base64(_ hexadecimal: String?) -> String {
        Data(Hexadecimal.bytes(hexadecimal ?? "") ?? []).base64EncodedString()
    }

    // MARK: Values

    /// - Parameter areJSON: whether each value is JSON in a text; what is none is a text.
    private mutating func attributes(_ members: RequestValue?, areJSON: Bool = false) {
        member("attributes", list: members.map { Array($0.members) } ?? []) { output, member in
            // Too many values to be read are shown as the text that they are.
            let inner = areJSON ? (try? RequestDocument(Array((member.value.text ?? "").utf8))?.root) : nil
            output.write(key: member.name, inner ?? member.value)
        }
    }

    /// A key and its value, which is left out where it is null.
    private mutating func write(key: RequestValue, _ value: RequestValue) {
        object { output in
            output.member("key", key.text ?? "")
            guard !value.isNull else { return }
            output.name("value")
            output.writeAny(value)
        }
    }

    private mutating func writeAny(_ value: RequestValue) {
        object { output in
            switch value.kind {
            case .null: break
            case .boolean:
                output.name("bool_value")
                output.write(value.boolean ?? false)
            case .text: output.member("string_value", value.text ?? "")
            case .integer:
                // What is beyond 64 bits is no integer to protocol buffers.
                guard let integer = value.integer else { return output.member("double_value", value.number ?? .nan) }
                output.member("int_value", integer)
            case .number: output.member("double_value", value.number ?? .nan)
            case .array:
                output.name("array_value")
                output.object { $0.member("values", list: Array(value.elements)) { $0.writeAny($1) } }
            case .object:
                output.name("kvlist_value")
                output.object { $0.member("values", list: Array(value.members)) { $0.write(key: $1.name, $1.value) } }
            }
        }
    }
}
