import NIOCore
import NIOHTTP1

/// Writes answers as bytes (RFC 9112): heads and small bodies in one buffer, so that one system call sends them.
struct ResponseEncoder {
    /// How an answer is framed, beside what the handler said.
    struct Framing {
        let requestID: RequestID
        let date: String
        let isHead: Bool
        let isHTTP10: Bool
        let closes: Bool
    }

    /// Bodies up to this size are copied behind the head; larger ones stay in the buffer that they have.
    private static let inlineBodySizeMaxBytes = 64 << 10
    /// No less than the head without the handler's fields: the server's own have a bounded size.
    private static let ownHeadSizeMaxBytes = 512

    static let bodyExpected = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")

    /// Appends an answer. - Returns: its body where that is large, to be sent after the buffer.
    static func encode(_ response: HTTPResponse, _ framing: Framing, to buffer: inout ByteBuffer) -> ByteBuffer? {
        var size = ownHeadSizeMaxBytes
        response.headers.forEach { name, value in size += name.utf8.count + value.utf8.count + 4 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            var head = HeadWriter(room)
            write(response, framing, to: &head)
            return head.count
        }
        guard !framing.isHead, !isBodiless(response.status), !response.body.isEmpty else { return nil }
        guard response.body.count <= inlineBodySizeMaxBytes else { return response.body.buffer }
        response.body.write(to: &buffer)
        return nil
    }

    static func isBodiless(_ status: Int) -> Bool { status == 204 || status == 304 }

    private static func write(_ response: HTTPResponse, _ framing: Framing, to head: inout HeadWriter) {
        writeStatusLine(response.status, to: &head)
        response.headers.forEach { name, value in
            guard !isOwn(name) else { return }
            head.write(name)
            head.write(": ")
            head.write(value)
            head.write("\r\n")
        }
        head.write("date: ")
        head.write(framing.date)
        head.write("\r\nx-request-id: ")
        head.write(framing.requestID)
        if !isBodiless(response.status) {
            head.write("\r\ncontent-length: ")
            head.write(response.contentLength)
        }
        if framing.closes {
            head.write("\r\nconnection: close")
        } else if framing.isHTTP10 {
            head.write("\r\nconnection: keep-alive")
        }
        head.write("\r\n\r\n")
    }

    private static func writeStatusLine(_ status: Int, to head: inout HeadWriter) {
        guard status != 200 else { return head.write("HTTP/1.1 200 OK\r\n") }
        head.write("HTTP/1.1 ")
        head.write(status)
        head.write(" ")
        head.write(HTTPResponseStatus(statusCode: status).reasonPhrase)
        head.write("\r\n")
    }

    /// Whether a field is the server's to write: lengths and lifetimes that a handler guesses break the framing.
    private static func isOwn(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: FieldName.matches(name, "date" as StaticString)
        case 10: FieldName.matches(name, "connection" as StaticString)
        case 12: FieldName.matches(name, "x-request-id" as StaticString)
        case 14: FieldName.matches(name, "content-length" as StaticString)
        case 17: FieldName.matches(name, "transfer-encoding" as StaticString)
        default: false
        }
    }
}

/// Writes the pieces of a head one behind the other, into room that is known to be enough.
private struct HeadWriter {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { copy(UnsafeRawBufferPointer($0)) }
    }

    mutating func write(_ text: String) {
        let isCopied: Void? = text.utf8.withContiguousStorageIfAvailable { copy(UnsafeRawBufferPointer($0)) }
        if isCopied == nil { Array(text.utf8).withUnsafeBytes { copy($0) } }
    }

    mutating func write(_ id: RequestID) {
        count += id.write(to: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
    }

    /// Writes a number that is not negative, in decimal digits.
    mutating func write(_ number: Int) {
        var rest = number
        var digits = 1
        while case let shorter = rest / 10, shorter > 0 { (rest, digits) = (shorter, digits + 1) }
        rest = number
        for position in stride(from: count + digits - 1, through: count, by: -1) {
            room[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        count += digits
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= room.count - count, "an answer's head is larger than the room that was made for it")
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
        count += bytes.count
    }
}
