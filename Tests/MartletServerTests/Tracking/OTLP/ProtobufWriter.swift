/// Writes messages of protocol buffers, as clients send them.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    init(_ fields: (inout ProtobufWriter) -> Void) { fields(&self) }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func integer(_ field: UInt64, _ value: Int64) {
        varint(field << 3)
        varint(UInt64(bitPattern: value))
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        varint(field << 3 | 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func bytes(_ field: UInt64, _ value: some Collection<UInt8>) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func text(_ field: UInt64, _ text: String) { bytes(field, text.utf8) }

    mutating func message(_ field: UInt64, _ fields: (inout ProtobufWriter) -> Void) {
        bytes(field, ProtobufWriter(fields).bytes)
    }

    /// An attribute of a key and the fields of its value.
    mutating func attribute(_ field: UInt64, _ key: String, _ value: (inout ProtobufWriter) -> Void) {
        message(field) {
            $0.text(1, key)
            $0.message(2, value)
        }
    }
}

/// A request that has all that a request may have.
enum WholeTraceRequest {
    static let bytes = ProtobufWriter { request in
        request.message(1) { group in
            group.message(1) { $0.attribute(1, "service.name") { $0.text(1, "shop") } }
            group.message(2) { scope in
                scope.message(1) { $0.text(1, "library") }
                scope.message(2, span)
                scope.text(3, "schema")
            }
            group.text(3, "schema")
        }
    }.bytes

    private static func span(_ span: inout ProtobufWriter) {
        span.bytes(1, 1...16)
        span.bytes(2, 1...8)
        span.text(3, "state")
        span.bytes(4, 2...9)
        span.text(5, "é")
        span.integer(6, 2)
        span.fixed64(7, 5)
        span.fixed64(8, 6)
        span.attribute(9, "text") { $0.text(1, "t") }
        span.attribute(9, "boolean") { $0.integer(2, 1) }
        span.attribute(9, "integer") { $0.integer(3, -3) }
        span.attribute(9, "number") { $0.fixed64(4, (1.5).bitPattern) }
        span.attribute(9, "list") { $0.message(5) { list in list.message(1) { $0.integer(3, 1) } } }
        span.attribute(9, "members") { $0.message(6) { $0.attribute(1, "k") { $0.text(1, "v") } } }
        span.attribute(9, "bytes") { $0.bytes(7, [0, 255]) }
        span.attribute(9, "nothing") { _ in }
        span.integer(10, 0)
        span.message(11) {
            $0.fixed64(1, 7)
            $0.text(2, "event")
            $0.attribute(3, "k") { $0.integer(3, 1) }
        }
        span.message(13) {
            $0.bytes(1, [1])
            $0.bytes(2, [2])
            $0.attribute(4, "k") { $0.integer(3, 1) }
        }
        span.message(15) {
            $0.text(2, "bad")
            $0.integer(3, 2)
        }
        span.varint(16 << 3 | 5)
        span.varint(0x01)
        span.varint(0x01)
        span.varint(0x01)
        span.varint(0x01)
    }
}
