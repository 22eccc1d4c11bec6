import NIOCore
import NIOTLS

/// Ends a connection whose TLS handshake fails or takes too long; leaves the pipeline when it is done.
///
/// It lies behind the handler of TLS and is called on its event loop only.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let timeout: TimeAmount
    private let onEnd: (Result<Void, any Error>) -> Void
    private var alarm: Scheduled<Void>?
    private var isOver = false

    /// - Parameter onEnd: is called once; not where a server stops before anything was asked.
    init(timeout: TimeAmount, onEnd: @escaping (Result<Void, any Error>) -> Void) {
        self.timeout = timeout
        self.onEnd = onEnd
    }

    func handlerAdded(context: ChannelHandlerContext) {
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [timeout] in
            self.fail(context, ChannelError.connectTimeout(timeout))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(.failure(ChannelError.ioOnClosedChannel)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted:
            end(.success(()))
            context.fireUserInboundEventTriggered(event)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        case is DrainEvent:
            end(nil)
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(context, error) }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(ChannelError.eof))
        context.fireChannelInactive()
    }

    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
        end(.failure(error))
        context.close(promise: nil)
    }

    private func end(_ result: Result<Void, any Error>?) {
        guard !isOver else { return }
        isOver = true
        alarm?.cancel()
        alarm = nil
        if let result { onEnd(result) }
    }
}
