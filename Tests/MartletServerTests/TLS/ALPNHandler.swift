import NIOCore
import NIOTLS

/// Tells which protocol a handshake chose; none where it failed.
final class ALPNHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let chosen: EventLoopPromise<String?>

    init(_ chosen: EventLoopPromise<String?>) { self.chosen = chosen }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted(let name) = event { chosen.succeed(name) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { chosen.succeed(nil) }
}
