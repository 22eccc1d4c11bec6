/// Reads the wire format of protocol buffers: the fields of one message, one after the other.
///
/// Groups, which no message of ours has, are refused, as is all that is cut off.
struct ProtobufReader {
    enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        /// A text, bytes or a message: where it stands.
        case range(Range<Int>)
    }

    /// A message that is none.
    struct Flaw: Error, Equatable {}

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// A whole message.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// A message within this one.
    func message(_ range: Range<Int>) -> ProtobufReader { ProtobufReader(bytes, range) }

    func bytes(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

    /// - Throws: where the bytes are not UTF-8.
    func text(_ range: Range<Int>) throws(Flaw) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw Flaw() }
        return text
    }

    /// The next field; `nil` at the end.
    mutating func next() throws(Flaw) -> (number: UInt64, value: Value)? {
        guard position < end else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag <= UInt64(UInt32.max) else { throw Flaw() }
        return (tag >> 3, try value(tag & 7))
    }

    private mutating func value(_ type: UInt64) throws(Flaw) -> Value {
        switch type {
        case 0: return .varint(try varint())
        case 1: return .fixed64(try fixed(8))
        case 2:
            let count = try varint()
            guard count <= UInt64(end - position) else { throw Flaw() }
            let start = position
            position += Int(count)
            return .range(start..<position)
        case 5: return .fixed32(UInt32(truncatingIfNeeded: try fixed(4)))
        default: throw Flaw()
        }
    }

    /// At most ten bytes of seven bits, the lowest first.
    private mutating func varint() throws(Flaw) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < end else { throw Flaw() }
            let byte = bytes[position]
            position += 1
            // Of the tenth byte one bit is left.
            guard shift < 63 || byte <= 1 else { throw Flaw() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Flaw()
    }

    private mutating func fixed(_ count: Int) throws(Flaw) -> UInt64 {
        guard end - position >= count else { throw Flaw() }
        defer { position += count }
        return bytes[position..<position + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
