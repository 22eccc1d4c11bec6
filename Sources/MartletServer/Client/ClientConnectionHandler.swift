import NIOCore
import NIOHTTP1

/// One request on its way through a client's connection, and the promise of its answer.
struct ClientExchange: Sendable {
    let head: HTTPRequestHead
    let body: [UInt8]
    let answer: EventLoopPromise<ClientAnswer>
}

/// An answer, and whether the connection may be used again.
struct ClientAnswer: Sendable {
    let response: HTTPResponse
    let keepsAlive: Bool
}

/// Carries out one exchange at a time on a client's connection; it lives on its event loop.
final class ClientConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = ClientExchange
    typealias OutboundOut = HTTPClientRequestPart

    private let configuration: HTTPClientConfiguration
    private var exchange: (answer: EventLoopPromise<ClientAnswer>, timeout: Scheduled<Void>)?
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(configuration: HTTPClientConfiguration) { self.configuration = configuration }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(configuration.requestTimeout)) {
            self.fail(.timedOut, context)
        }
        exchange = (request.answer, timeout)
        guard context.channel.isActive else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return fail(.closedUnanswered, context)
        }
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let buffer):
            guard body.count + buffer.readableBytes <= configuration.responseSizeMaxBytes else {
                return fail(.tooLarge, context)
            }
            body.append(contentsOf: buffer.readableBytesView)
        case .end: succeed(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(head == nil ? .closedUnanswered : .closedAmidAnswer, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.invalidEOFState where head == nil: fail(.closedUnanswered, context)
        case HTTPParserError.invalidEOFState: fail(.closedAmidAnswer, context)
        case is HTTPParserError: fail(.malformed(error), context)
        default: fail(head == nil ? .closedUnanswered : .closedAmidAnswer, context)
        }
    }

    private func succeed(_ context: ChannelHandlerContext) {
        guard let head, let exchange else { return }
        exchange.timeout.cancel()
        self.exchange = nil
        self.head = nil
        let response = HTTPResponse(
            status: Int(head.status.code), headers: HeaderFields(head.headers.map { ($0.name, $0.value) }), body: body)
        body = []
        exchange.answer.succeed(ClientAnswer(response: response, keepsAlive: head.isKeepAlive))
    }

    private func fail(_ fault: ClientFault, _ context: ChannelHandlerContext) {
        exchange?.timeout.cancel()
        exchange?.answer.fail(fault)
        exchange = nil
        context.close(promise: nil)
    }
}
