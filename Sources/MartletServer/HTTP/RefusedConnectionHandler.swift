import NIOCore

/// Tells a connection that is one too many so, and closes it.
final class RefusedConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let core: ServerCore
    private var timeout: Scheduled<Void>?

    init(core: ServerCore) { self.core = core }

    func channelActive(context: ChannelHandlerContext) {
        let limit = core.configuration.connectionCountMax
        let reason = core.load.isDraining ? "the server is stopping" : "\(limit) connections are open, which is the limit"
        let response = HTTPResponse.busy(503, "\(reason); try again later")
        let framing = ResponseEncoder.Framing(
            requestID: RequestID("unread"), date: core.date.now, isHead: false, isHTTP10: false, closes: true
        )
        var buffer = ByteBuffer()
        _ = ResponseEncoder.encode(response, framing, to: &buffer)
        let isolated = context.eventLoop.assumeIsolated()
        timeout = isolated.scheduleTask(in: TimeAmount(core.configuration.lingerTimeout)) {
            context.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            context.close(mode: .output, promise: nil)
        }
    }

    /// What the client still sends is dropped.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
