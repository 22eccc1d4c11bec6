import MartletRegistry

/// Reads an `ExportTraceServiceRequest` of OpenTelemetry's protocol, as protocol buffers.
///
/// What is not known is passed over; all that is malformed is refused as a whole.
struct TraceRequestReader {
    /// The most values, attributes, events and spans of one request together.
    static let countMax = 1 << 20

    private var count = 0

    /// - Throws: `ProtobufReader.Flaw` also for what is beyond a limit.
    static func read(_ bytes: [UInt8]) throws(ProtobufReader.Flaw) -> [ReceivedSpans] {
        var (reader, request) = (TraceRequestReader(), ProtobufReader(bytes))
        var groups: [ReceivedSpans] = []
        while let field = try request.next() {
            guard case (1, .range(let range)) = field else { continue }
            groups.append(try reader.group(request.message(range)))
        }
        return groups
    }

    private mutating func group(_ message: ProtobufReader) throws(ProtobufReader.Flaw) -> ReceivedSpans {
        try step()
        var (message, group) = (message, ReceivedSpans())
        while let field = try message.next() {
            switch field {
            case (1, .range(let range)): group.resource += try attributes(of: message.message(range), field: 1)
            case (2, .range(let range)): group.spans += try spans(message.message(range))
            default: break
            }
        }
        return group
    }

    private mutating func spans(_ scope: ProtobufReader) throws(ProtobufReader.Flaw) -> [ReceivedSpan] {
        var (scope, spans) = (scope, [ReceivedSpan]())
        while let field = try scope.next() {
            if case (2, .range(let range)) = field { spans.append(try span(scope.message(range))) }
        }
        return spans
    }

    private mutating func span(_ message: ProtobufReader) throws(ProtobufReader.Flaw) -> ReceivedSpan {
        try step()
        var (message, span) = (message, ReceivedSpan())
        while let field = try message.next() {
            switch field {
            case (1, .range(let range)): span.trace = message.bytes(range)
            case (2, .range(let range)): span.id = message.bytes(range)
            case (4, .range(let range)): span.parent = message.bytes(range)
            case (5, .range(let range)): span.name = try message.text(range)
            case (7, .fixed64(let time)): span.startedAt = time
            case (8, .fixed64(let time)): span.endedAt = time
            case (9, .range(let range)): span.attributes.append(try attribute(message.message(range), depth: 0))
            case (11, .range(let range)): span.events.append(try event(message.message(range)))
            case (13, .range(let range)): span.links.append(try link(message.message(range)))
            case (15, .range(let range)): try read(message.message(range), into: &span)
            default: break
            }
        }
        return span
    }

    private func read(_ status: ProtobufReader, into span: inout ReceivedSpan) throws(ProtobufReader.Flaw) {
        var status = status
        while let field = try status.next() {
            switch field {
            case (2, .range(let range)): span.statusMessage = try status.text(range)
            case (3, .varint(let code)): span.status = code == 1 ? .ok : code == 2 ? .error : .unset
            default: break
            }
        }
    }

    private mutating func event(_ message: ProtobufReader) throws(ProtobufReader.Flaw) -> ReceivedSpan.Event {
        try step()
        var (message, event) = (message, ReceivedSpan.Event())
        while let field = try message.next() {
            switch field {
            case (1, .fixed64(let time)): event.at = time
            case (2, .range(let range)): event.name = try message.text(range)
            case (3, .range(let range)): event.attributes.append(try attribute(message.message(range), depth: 0))
            default: break
            }
        }
        return event
    }

    private mutating func link(_ message: ProtobufReader) throws(ProtobufReader.Flaw) -> ReceivedSpan.Link {
        try step()
        var (message, link) = (message, ReceivedSpan.Link())
        while let field = try message.next() {
            switch field {
            case (1, .range(let range)): link.trace = message.bytes(range)
            case (2, .range(let range)): link.span = message.bytes(range)
            case (4, .range(let range)): link.attributes.append(try attribute(message.message(range), depth: 0))
            default: break
            }
        }
        return link
    }

    // MARK: Attributes

    private mutating func attributes(
        of message: ProtobufReader, field number: UInt64, depth: Int = 0
    ) throws(ProtobufReader.Flaw) -> [SpanAttribute] {
        var (message, attributes) = (message, [SpanAttribute]())
        while let field = try message.next() {
            guard field.number == number, case .range(let range) = field.value else { continue }
            attributes.append(try attribute(message.message(range), depth: depth))
        }
        return attributes
    }

    private mutating func attribute(_ message: ProtobufReader, depth: Int) throws(ProtobufReader.Flaw) -> SpanAttribute {
        var (message, attribute) = (message, SpanAttribute("", .nothing))
        while let field = try message.next() {
            switch field {
            case (1, .range(let range)): attribute.key = try message.text(range)
            case (2, .range(let range)): attribute.value = try value(message.message(range), depth: depth)
            default: break
            }
        }
        return attribute
    }

    private mutating func value(_ message: ProtobufReader, depth: Int) throws(ProtobufReader.Flaw) -> SpanValue {
        try step()
        guard depth < SpanValue.depthMax else { throw ProtobufReader.Flaw() }
        var (message, value) = (message, SpanValue.nothing)
        while let field = try message.next() {
            switch field {
            case (1, .range(let range)): value = .text(try message.text(range))
            case (2, .varint(let bits)): value = .boolean(bits != 0)
            case (3, .varint(let bits)): value = .integer(Int64(bitPattern: bits))
            case (4, .fixed64(let bits)): value = .number(Double(bitPattern: bits))
            case (5, .range(let range)): value = .list(try values(message.message(range), depth: depth + 1))
            case (6, .range(let range)): value = .members(try attributes(of: message.message(range), field: 1, depth: depth + 1))
            case (7, .range(let range)): value = .bytes(message.bytes(range))
            default: break
            }
        }
        return value
    }

    private mutating func values(_ message: ProtobufReader, depth: Int) throws(ProtobufReader.Flaw) -> [SpanValue] {
        var (message, values) = (message, [SpanValue]())
        while let field = try message.next() {
            if case (1, .range(let range)) = field { values.append(try value(message.message(range), depth: depth)) }
        }
        return values
    }

    private mutating func step() throws(ProtobufReader.Flaw) {
        count += 1
        guard count <= Self.countMax else { throw ProtobufReader.Flaw() }
    }
}
