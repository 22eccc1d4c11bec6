import NIOCore
import NIOHTTP1

/// Writes answers as bytes (RFC 9112): head and small bodies in one buffer, so that one system call sends them.
struct ResponseEncoder {
    /// How an answer is framed, beside what the handler said.
    struct Framing {
        let requestID: String
        let date: String
        let isHead: Bool
        let isHTTP10: Bool
        let closes: Bool
    }

    /// Bodies up to this size are copied behind the head; larger ones get a buffer of their own.
    private static let inlineBodySizeMaxBytes = 64 << 10

    static let bodyExpected = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")

    /// One buffer, or two where the body is large.
    static func encode(
        _ response: HTTPResponse, _ framing: Framing, allocator: ByteBufferAllocator
    ) -> (ByteBuffer, ByteBuffer?) {
        let hasBody = !framing.isHead && !isBodiless(response.status) && !response.body.isEmpty
        let isInline = hasBody && response.body.count <= inlineBodySizeMaxBytes
        var buffer = allocator.buffer(capacity: 512 + (isInline ? response.body.count : 0))
        writeHead(response, framing, to: &buffer)
        if isInline { buffer.writeBytes(response.body) }
        return (buffer, hasBody && !isInline ? ByteBuffer(bytes: response.body) : nil)
    }

    private static func isBodiless(_ status: Int) -> Bool { status == 204 || status == 304 }

    private static func writeHead(_ response: HTTPResponse, _ framing: Framing, to buffer: inout ByteBuffer) {
        writeStatusLine(response.status, to: &buffer)
        for field in response.headers.storage where !isOwn(field.name) { write(field.name, field.value, to: &buffer) }
        buffer.writeStaticString("date: ")
        buffer.writeString(framing.date)
        buffer.writeStaticString("\r\nx-request-id: ")
        buffer.writeString(framing.requestID)
        if !isBodiless(response.status) {
            buffer.writeStaticString("\r\ncontent-length: ")
            buffer.writeString(String(response.body.count))
        }
        if framing.closes {
            buffer.writeStaticString("\r\nconnection: close")
        } else if framing.isHTTP10 {
            buffer.writeStaticString("\r\nconnection: keep-alive")
        }
        buffer.writeStaticString("\r\n\r\n")
    }

    private static func writeStatusLine(_ status: Int, to buffer: inout ByteBuffer) {
        guard status != 200 else {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
            return
        }
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status))
        buffer.writeStaticString(" ")
        buffer.writeString(HTTPResponseStatus(statusCode: status).reasonPhrase)
        buffer.writeStaticString("\r\n")
    }

    private static func write(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    /// Whether a field is the server's to write: lengths and lifetimes that a handler guesses break the framing.
    private static func isOwn(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: matches(name, "date")
        case 10: matches(name, "connection")
        case 12: matches(name, "x-request-id")
        case 14: matches(name, "content-length")
        case 17: matches(name, "transfer-encoding")
        default: false
        }
    }

    private static func matches(_ name: String, _ lowercased: StaticString) -> Bool {
        lowercased.withUTF8Buffer { known in zip(name.utf8, known).allSatisfy { $0 | 0x20 == $1 } }
    }
}
