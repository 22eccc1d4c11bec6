#if GRPC
import NIOCore

/// Closes accepted connections beyond a number before anything is made for them.
///
/// It lies in the listener's pipeline and is called on its event loop only.
final class ConnectionGate: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let connectionCountMax: Int
    private var connections: [ObjectIdentifier: any Channel] = [:]

    init(connectionCountMax: Int) { self.connectionCountMax = connectionCountMax }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = unwrapInboundIn(data)
        guard connections.count < connectionCountMax else { return connection.close(promise: nil) }
        let id = ObjectIdentifier(connection)
        connections[id] = connection
        let gate = NIOLoopBound(self, eventLoop: context.eventLoop)
        connection.closeFuture.hop(to: context.eventLoop).whenComplete { _ in gate.value.connections[id] = nil }
        context.fireChannelRead(data)
    }

    /// Nobody takes those that were being made ready as the listener closed: their clients would wait for ever.
    func channelInactive(context: ChannelHandlerContext) {
        for connection in connections.values where !connection.isActive { connection.close(promise: nil) }
        context.fireChannelInactive()
    }
}
#endif
