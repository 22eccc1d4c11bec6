import NIOCore

/// The answers of one connection that are on their way to the socket; those of pipelined requests leave together.
struct ResponseOutput {
    /// From this size on, in bytes, the connection waits until the socket has taken all.
    static let largeSizeBytes = 64 << 10
    /// A buffer up to this size is kept for the next answer.
    private static let keptSizeMaxBytes = 8 << 10

    private var buffer = ByteBuffer()
    /// A body that comes behind the buffer.
    private var tail: ByteBuffer?
    /// A body that is read as it is sent, behind all else.
    private var source: ResponseSource?

    var isEmpty: Bool { buffer.readableBytes == 0 && tail == nil }

    var isLarge: Bool { tail != nil || source != nil || buffer.readableBytes >= Self.largeSizeBytes }

    mutating func append(_ bytes: ByteBuffer) { buffer.writeImmutableBuffer(bytes) }

    mutating func append(_ response: HTTPResponse, _ framing: ResponseEncoder.Framing) {
        tail = ResponseEncoder.encode(response, framing, to: &buffer)
        if let body = response.source, !framing.isHead, !ResponseEncoder.isBodiless(response.status), body.sizeBytes > 0 { source = body }
    }

    /// Hands over what is to be read and sent behind what `flush` hands over.
    mutating func takeSource() -> ResponseSource? { source.take() }

    /// Hands over what there is, in one or two buffers.
    mutating func flush(_ write: (_ bytes: ByteBuffer, _ isLast: Bool) -> Void) {
        // Whoever writes may answer more before this returns.
        var head = ByteBuffer()
        swap(&head, &buffer)
        let body = tail
        tail = nil
        write(head, body == nil)
        if let body { write(body, true) }
        guard buffer.capacity == 0, head.capacity <= Self.keptSizeMaxBytes else { return }
        head.clear()
        buffer = head
    }
}
