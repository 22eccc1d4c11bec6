import Foundation
import MartletCore
import MartletRegistry

/// Reads an `ExportTraceServiceRequest` of OpenTelemetry's protocol, as JSON: identifiers are hexadecimal there, and integers of 64 bits
/// mostly texts.
enum TraceRequestJSON {
    /// What is no such request.
    struct Flaw: Error, Equatable {}

    static func read(_ bytes: [UInt8]) throws(Flaw) -> [ReceivedSpans] {
        // Of what is wrong with it nothing is told.
        guard let root = try? RequestDocument(bytes)?.root, root.kind == .object else { throw Flaw() }
        return try list(root, "resourceSpans", group)
    }

    private static func group(_ value: RequestValue) throws(Flaw) -> ReceivedSpans {
        var group = ReceivedSpans()
        if let resource = try object(value, "resource") { group.resource = try attributes(of: resource) }
        group.spans = try list(value, "scopeSpans") { (scope) throws(Flaw) in try list(scope, "spans", span) }.flatMap(\.self)
        return group
    }

    private static func span(_ value: RequestValue) throws(Flaw) -> ReceivedSpan {
        var span = ReceivedSpan()
        span.trace = try identifier(value, "traceId")
        span.id = try identifier(value, "spanId")
        span.parent = try identifier(value, "parentSpanId")
        span.name = try text(value, "name") ?? ""
        span.startedAt = try time(value, "startTimeUnixNano")
        span.endedAt = try time(value, "endTimeUnixNano")
        span.attributes = try attributes(of: value)
        span.events = try list(value, "events", event)
        span.links = try list(value, "links", link)
        if let status = try object(value, "status") {
            span.status = try self.status(status)
            span.statusMessage = try text(status, "message") ?? ""
        }
        return span
    }

    private static func status(_ value: RequestValue) throws(Flaw) -> ReceivedSpan.Status {
        guard let code = member(value, "code") else { return .unset }
        if code.matches("STATUS_CODE_OK") || code.integer == 1 { return .ok }
        if code.matches("STATUS_CODE_ERROR") || code.integer == 2 { return .error }
        guard code.kind == .text || code.kind == .integer else { throw Flaw() }
        return .unset
    }

    private static func event(_ value: RequestValue) throws(Flaw) -> ReceivedSpan.Event {
        var event = ReceivedSpan.Event()
        event.name = try text(value, "name") ?? ""
        event.at = try time(value, "timeUnixNano")
        event.attributes = try attributes(of: value)
        return event
    }

    private static func link(_ value: RequestValue) throws(Flaw) -> ReceivedSpan.Link {
        var link = ReceivedSpan.Link()
        link.trace = try identifier(value, "traceId")
        link.span = try identifier(value, "spanId")
        link.attributes = try attributes(of: value)
        return link
    }

    // MARK: Attributes

    private static func attributes(
        of value: RequestValue, _ name: StaticString = "attributes", depth: Int = 0
    ) throws(Flaw) -> [SpanAttribute] {
        try list(value, name) { (attribute) throws(Flaw) in
            SpanAttribute(
                try text(attribute, "key") ?? "",
                try object(attribute, "value").map { (value) throws(Flaw) in try attributeValue(value, depth) } ?? .nothing)
        }
    }

    private static func attributeValue(_ value: RequestValue, _ depth: Int) throws(Flaw) -> SpanValue {
        guard depth < SpanValue.depthMax else { throw Flaw() }
        if let text = try text(value, "stringValue") { return .text(text) }
        if let boolean = member(value, "boolValue") {
            guard let boolean = boolean.boolean else { throw Flaw() }
            return .boolean(boolean)
        }
        if let integer = member(value, "intValue") {
            guard let integer = integer.fieldInteger else { throw Flaw() }
            return .integer(integer)
        }
        if let number = member(value, "doubleValue") {
            guard let number = number.fieldNumber else { throw Flaw() }
            return .number(number)
        }
        if let list = try object(value, "arrayValue") {
            return .list(try self.list(list, "values") { (value) throws(Flaw) in try attributeValue(value, depth + 1) })
        }
        if let members = try object(value, "kvlistValue") { return .members(try attributes(of: members, "values", depth: depth + 1)) }
        guard let bytes = try text(value, "bytesValue") else { return .nothing }
        guard let data = Data(base64Encoded: bytes.replacing("-", with: "+").replacing("_", with: "/")) else { throw Flaw() }
        return .bytes([UInt8](data))
    }

    // MARK: Members

    /// `nil` also for null.
    private static func member(_ value: RequestValue, _ name: StaticString) -> RequestValue? {
        value.member(name).flatMap { $0.isNull ? nil : $0 }
    }

    private static func object(_ value: RequestValue, _ name: StaticString) throws(Flaw) -> RequestValue? {
        guard let member = member(value, name) else { return nil }
        guard member.kind == .object else { throw Flaw() }
        return member
    }

    private static func text(_ value: RequestValue, _ name: StaticString) throws(Flaw) -> String? {
        guard let member = member(value, name) else { return nil }
        guard let text = member.text else { throw Flaw() }
        return text
    }

    private static func identifier(_ value: RequestValue, _ name: StaticString) throws(Flaw) -> [UInt8] {
        guard let text = try text(value, name) else { return [] }
        guard let bytes = Hexadecimal.bytes(text) else { throw Flaw() }
        return bytes
    }

    private static func time(_ value: RequestValue, _ name: StaticString) throws(Flaw) -> UInt64 {
        guard let member = member(value, name) else { return 0 }
        if let integer = member.fieldInteger, integer >= 0 { return UInt64(integer) }
        guard let time = member.text.flatMap(UInt64.init) else { throw Flaw() }
        return time
    }

    private static func list<Element>(
        _ value: RequestValue, _ name: StaticString, _ read: (RequestValue) throws(Flaw) -> Element
    ) throws(Flaw) -> [Element] {
        guard let member = member(value, name) else { return [] }
        guard member.kind == .array else { throw Flaw() }
        var elements: [Element] = []
        for element in member.elements {
            guard element.kind == .object else { throw Flaw() }
            elements.append(try read(element))
        }
        return elements
    }
}
