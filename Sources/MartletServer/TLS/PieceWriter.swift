import NIOCore

/// Hands large writes to TLS piece by piece, the next when the socket has taken the one before.
///
/// TLS encrypts all that it is given at once, and keeps the room for that as long as the connection lasts. It lies behind the handler of
/// TLS and is called on its event loop only.
final class PieceWriter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The largest piece, in bytes.
    static let sizeMaxBytes = 64 << 10

    private var waiting = CircularBuffer<(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)>()
    /// How many of those who wait were flushed.
    private var flushedCount = 0
    private var isWriting = false
    private var isPumping = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        guard !waiting.isEmpty || isWriting || bytes.readableBytes > Self.sizeMaxBytes else { return context.write(data, promise: promise) }
        waiting.append((bytes, promise))
    }

    func flush(context: ChannelHandlerContext) {
        flushedCount = waiting.count
        context.flush()
        pump(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        drop(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { drop(ChannelError.ioOnClosedChannel) }

    /// A piece may be taken at once: hence the loop, which does not grow the stack.
    private func pump(_ context: ChannelHandlerContext) {
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        while !isWriting, flushedCount > 0 { writeNext(context) }
    }

    private func writeNext(_ context: ChannelHandlerContext) {
        var (bytes, promise) = waiting[waiting.startIndex]
        let piece = bytes.readSlice(length: min(Self.sizeMaxBytes, bytes.readableBytes)) ?? ByteBuffer()
        if bytes.readableBytes > 0 {
            waiting[waiting.startIndex].bytes = bytes
            promise = nil
        } else {
            waiting.removeFirst()
            flushedCount -= 1
        }
        isWriting = true
        context.writeAndFlush(wrapOutboundOut(piece)).assumeIsolated().whenComplete { result in
            self.isWriting = false
            switch result {
            case .success:
                promise?.succeed()
                self.pump(context)
            case .failure(let error):
                promise?.fail(error)
                self.drop(error)
            }
        }
    }

    private func drop(_ error: any Error) {
        flushedCount = 0
        while let (_, promise) = waiting.popFirst() { promise?.fail(error) }
    }
}
