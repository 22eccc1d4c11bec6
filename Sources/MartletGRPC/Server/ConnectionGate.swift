#if GRPC
import NIOCore

/// Closes accepted connections beyond a number before anything is made for them.
///
/// It lies in the listener's pipeline and is called on its event loop only.
final class ConnectionGate: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let connectionCountMax: Int
    private var connectionCount = 0

    init(connectionCountMax: Int) { self.connectionCountMax = connectionCountMax }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = unwrapInboundIn(data)
        guard connectionCount < connectionCountMax else { return connection.close(promise: nil) }
        connectionCount += 1
        let gate = NIOLoopBound(self, eventLoop: context.eventLoop)
        connection.closeFuture.hop(to: context.eventLoop).whenComplete { _ in gate.value.connectionCount -= 1 }
        context.fireChannelRead(data)
    }
}
#endif
