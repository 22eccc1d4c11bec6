import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

@Suite struct TraceRequestReaderTests {
    private static var whole: ReceivedSpans {
        var (group, span) = (ReceivedSpans(), ReceivedSpan())
        group.resource = [SpanAttribute("service.name", .text("shop"))]
        (span.trace, span.id, span.parent, span.name) = (Array(1...16), Array(1...8), Array(2...9), "é")
        (span.startedAt, span.endedAt, span.status, span.statusMessage) = (5, 6, .error, "bad")
        span.attributes = [
            SpanAttribute("text", .text("t")), SpanAttribute("boolean", .boolean(true)), SpanAttribute("integer", .integer(-3)),
            SpanAttribute("number", .number(1.5)), SpanAttribute("list", .list([.integer(1)])),
            SpanAttribute("members", .members([SpanAttribute("k", .text("v"))])), SpanAttribute("bytes", .bytes([0, 255])),
            SpanAttribute("nothing", .nothing),
        ]
        var (event, link) = (ReceivedSpan.Event(), ReceivedSpan.Link())
        (event.name, event.at, event.attributes) = ("event", 7, [SpanAttribute("k", .integer(1))])
        (link.trace, link.span, link.attributes) = ([1], [2], [SpanAttribute("k", .integer(1))])
        (span.events, span.links) = ([event], [link])
        group.spans = [span]
        return group
    }

    @Test func `a request is read as it was written, and what is not known passed over`() throws {
        #expect(try TraceRequestReader.read(WholeTraceRequest.bytes) == [Self.whole])
    }

    @Test func `JSON says the same`() throws {
        let text = #"""
            {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}, "scopeSpans": [{
              "scope": {"name": "library"}, "spans": [{
                "traceId": "0102030405060708090A0b0c0d0e0f10", "spanId": "0102030405060708", "parentSpanId": "0203040506070809", "name": "é",
                "kind": 2, "startTimeUnixNano": "5", "endTimeUnixNano": 6, "traceState": null, "attributes": [
                  {"key": "text", "value": {"stringValue": "t"}}, {"key": "boolean", "value": {"boolValue": true}},
                  {"key": "integer", "value": {"intValue": "-3"}}, {"key": "number", "value": {"doubleValue": 1.5}},
                  {"key": "list", "value": {"arrayValue": {"values": [{"intValue": 1}]}}},
                  {"key": "members", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}}},
                  {"key": "bytes", "value": {"bytesValue": "AP8="}}, {"key": "nothing", "value": {}}],
                "events": [{"timeUnixNano": "7", "name": "event", "attributes": [{"key": "k", "value": {"intValue": 1}}]}],
                "links": [{"traceId": "01", "spanId": "02", "attributes": [{"key": "k", "value": {"intValue": 1}}]}],
                "status": {"code": "STATUS_CODE_ERROR", "message": "bad"}}]}]}]}
            """#
        #expect(try TraceRequestJSON.read(Array(text.utf8)) == [Self.whole])
    }

    @Test(
        arguments: [
            "{", "[]", #"{"resourceSpans": 1}"#, #"{"resourceSpans": [1]}"#, #"{"resourceSpans": [{"scopeSpans": {}}]}"#,
            #"{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xy"}]}]}]}"#,
            #"{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "-1"}]}]}]}"#,
            #"{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"value": {"intValue": 1.5}}]}]}]}]}"#,
            #"{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"value": {"bytesValue": "*"}}]}]}]}]}"#,
        ])
    func `JSON that is no request is refused`(text: String) {
        #expect(throws: TraceRequestJSON.Flaw.self) { try TraceRequestJSON.read(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            ("a tag that is cut off", [0x80]), ("the field 0", [0x02, 0x00]), ("a group", [0x0B]), ("the wire type 7", [0x0F]),
            ("more bytes than there are", [0x0A, 0x01]), ("a length beyond all", [0x0A] + Array(repeating: 0xFF, count: 9) + [0x01]),
            ("a number of eleven bytes", [0x08] + Array(repeating: 0x80, count: 10) + [0x00]),
            ("a number beyond 64 bits", [0x08] + Array(repeating: 0xFF, count: 9) + [0x02]), ("half a double", [0x09, 0, 0, 0, 0]),
        ] as [(String, [UInt8])])
    func `malformed bytes are refused`(what: String, bytes: [UInt8]) {
        #expect(throws: ProtobufReader.Flaw.self, "\(what)") { try TraceRequestReader.read(bytes) }
    }

    @Test func `text that is not UTF-8 is refused`() {
        let bytes = ProtobufWriter { request in
            request.message(1) { $0.message(2) { $0.message(2) { $0.bytes(5, [0xC3]) } } }
        }.bytes
        #expect(throws: ProtobufReader.Flaw.self) { try TraceRequestReader.read(bytes) }
    }

    /// Of lists within lists.
    private static func nested(_ depth: Int) -> [UInt8] {
        let value = (0..<depth).reduce(ProtobufWriter { $0.integer(3, 1) }.bytes) { inner, _ in
            ProtobufWriter { $0.message(5) { $0.bytes(1, inner) } }.bytes
        }
        return ProtobufWriter { request in
            request.message(1) { $0.message(1) { $0.message(1) { $0.bytes(2, value) } } }
        }.bytes
    }

    @Test func `values are nested as deep as is read, and no deeper`() throws {
        #expect(try TraceRequestReader.read(Self.nested(SpanValue.depthMax - 1)).count == 1)
        #expect(throws: ProtobufReader.Flaw.self) { try TraceRequestReader.read(Self.nested(SpanValue.depthMax)) }
    }

    @Test func `more values than are read are refused`() {
        let bytes = Array(repeating: [0x0A, 0x00] as [UInt8], count: TraceRequestReader.countMax + 1).flatMap(\.self)
        #expect(throws: ProtobufReader.Flaw.self) { try TraceRequestReader.read(bytes) }
    }

    @Test func `every beginning of a request is read or refused, and mutated ones too`() throws {
        let whole = WholeTraceRequest.bytes
        for count in whole.indices { _ = try? TraceRequestReader.read(Array(whole[..<count])) }
        var readCount = 0
        for seed in UInt64(0)..<20_000 {
            var random = SplitMix64(seed: seed)
            var bytes = whole
            for _ in 0...random.index(below: 4) {
                let place = random.index(below: bytes.count)
                switch random.index(below: 4) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                case 2: bytes[place] ^= 1 << UInt8(random.index(below: 8))
                default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            do throws(ProtobufReader.Flaw) {
                let groups = try TraceRequestReader.read(bytes)
                readCount += 1
                #expect(groups.reduce(0) { $0 + $1.spans.count } <= bytes.count, "seed \(seed)")
            } catch {
                #expect(error == ProtobufReader.Flaw(), "seed \(seed)")
            }
        }
        #expect(readCount > 1_000, "\(readCount): mutations that leave nothing to read find nothing")
    }
}
