import NIOCore
import NIOHTTP1

/// Tells a connection that the server is stopping.
struct DrainEvent: Sendable {}

/// Serves one connection: acts on what `RequestAssembler` and `ConnectionLifecycle` decide.
///
/// It lives on its event loop only. The task of the running handler belongs to it and is cancelled when the connection
/// goes away or the deadline passes.
final class HTTPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let core: ServerCore
    private var context: ChannelHandlerContext?
    private var lifecycle = ConnectionLifecycle()
    private var assembler: RequestAssembler
    private var queue = CircularBuffer<IncomingRequest>()
    private var running: (request: IncomingRequest, task: Task<Void, Never>?, serial: Int)?
    private var serial = 0
    private let timer: ConnectionTimer
    private var isBodyExpected = false
    private var hasReadPart = false
    private var isReadHeld = false
    private var isPumping = false

    init(core: ServerCore, remoteAddress: String, eventLoop: any EventLoop) {
        self.core = core
        assembler = RequestAssembler(core: core, remoteAddress: remoteAddress, seed: UInt64.random(in: .min ... .max))
        timer = ConnectionTimer(eventLoop: eventLoop)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer.onTimeout = { [weak self] in self?.timedOut() }
        setTimer()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReadPart = true
        take(assembler.receive(unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes without a part are the beginning of a head.
        if lifecycle.phase == .idle, assembler.isReceiving || !hasReadPart {
            lifecycle.bytesArrived()
            setTimer()
        }
        hasReadPart = false
        context.fireChannelReadComplete()
    }

    /// Holds back reading while a request waits for its turn, so that a client cannot fill the memory.
    func read(context: ChannelHandlerContext) {
        if mustHoldRead { isReadHeld = true } else { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, error != .invalidEOFState else {
            return context.close(promise: nil)
        }
        let limit = core.configuration.headerSizeMaxBytes
        let response: HTTPResponse =
            error == .headerOverflow
            ? .error(431, "the header is larger than the limit of \(limit) bytes; send less in it")
            : .error(400, "the request is not valid HTTP/1.1 (\(error)); the connection is closed")
        take(assembler.refuse(response))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is DrainEvent else { return context.fireUserInboundEventTriggered(event) }
        perform(lifecycle.drain())
    }

    // MARK: Requests

    private var mustHoldRead: Bool {
        guard lifecycle.phase == .running || lifecycle.phase == .writing else { return false }
        return !queue.isEmpty || assembler.isReceiving
    }

    private func take(_ outcome: RequestAssembler.Outcome) {
        switch outcome {
        case .none: break
        case .bodyExpected:
            isBodyExpected = true
            inviteBody()
        case .ready(let request):
            isBodyExpected = false
            enqueue(request)
        }
    }

    private func enqueue(_ request: IncomingRequest) {
        if queue.count >= core.configuration.pipelineDepthMax, !assembler.hasEnded {
            core.load.releaseBody(bytes: request.bodySizeBytes)
            let limit = core.configuration.pipelineDepthMax
            return take(
                assembler.refuse(.busy(503, "more than \(limit) requests wait on this connection; open another")))
        }
        queue.append(request)
        pump()
    }

    /// Starts what may start. A handler may finish at once, and so free the way for the next: hence a loop.
    private func pump() {
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        while lifecycle.isFree, let request = queue.popFirst() { start(request) }
        inviteBody()
        setTimer()
        guard isReadHeld, !mustHoldRead else { return }
        isReadHeld = false
        context?.read()
    }

    private func inviteBody() {
        guard isBodyExpected, lifecycle.isFree, queue.isEmpty, let context else { return }
        isBodyExpected = false
        context.writeAndFlush(wrapOutboundOut(ResponseEncoder.bodyExpected), promise: nil)
    }

    private func start(_ incoming: IncomingRequest) {
        lifecycle.started()
        serial += 1
        running = (incoming, nil, serial)
        switch incoming.work {
        case .answer(let response): answer(response)
        case .handle(let request, let route, let parameters):
            guard core.load.startRequest() else {
                core.load.releaseBody(bytes: request.body.count)
                let limit = core.configuration.requestsInFlightMax
                return answer(.busy(503, "\(limit) requests are running, which is the limit; try again later"))
            }
            handle(request, route, parameters)
        }
    }

    private func handle(_ request: HTTPRequest, _ route: Route, _ parameters: RouteParameters) {
        guard let context else { return }
        core.metrics.requestsInFlight.add(1)
        setTimer()
        let serial = serial
        let loop = context.eventLoop
        let connection = NIOLoopBound(self, eventLoop: loop)
        let work: @Sendable () async -> Void = { [core] in
            let response = await core.respond(request, route, parameters)
            core.metrics.requestsInFlight.add(-1)
            core.load.releaseBody(bytes: request.body.count)
            core.load.finishRequest()
            if loop.inEventLoop { return connection.value.handled(response, serial) }
            loop.execute { connection.value.handled(response, serial) }
        }
        let task =
            switch route.start {
            case .pool: Task(operation: work)
            case .connectionThread: Task.immediate(operation: work)
            }
        if running?.serial == serial { running?.task = task }
    }

    /// A handler returned; its answer counts unless the deadline answered before it.
    private func handled(_ response: HTTPResponse, _ serial: Int) {
        guard lifecycle.phase == .running, running?.serial == serial else { return }
        answer(response)
    }

    // MARK: Answers

    private func answer(_ response: HTTPResponse, closes: Bool = false) {
        guard let context, let request = running?.request else { return }
        running = nil
        let isLast = closes || !request.keepsAlive || core.load.isDraining
        lifecycle.answered(closes: isLast, lingers: request.isIncomplete || !queue.isEmpty || assembler.isReceiving)
        let seconds = Double((NIODeadline.now() - request.completedAt).nanoseconds) / 1e9
        core.metrics.record(request.method, request.route, status: response.status, seconds: seconds)
        let framing = ResponseEncoder.Framing(
            requestID: request.id, date: core.date.now, isHead: request.method == .head, isHTTP10: request.isHTTP10,
            closes: isLast
        )
        setTimer()
        write(response, framing, context)
    }

    private func write(_ response: HTTPResponse, _ framing: ResponseEncoder.Framing, _ context: ChannelHandlerContext) {
        let (first, second) = ResponseEncoder.encode(response, framing, allocator: context.channel.allocator)
        let promise = context.eventLoop.makePromise(of: Void.self)
        if let second {
            context.write(wrapOutboundOut(first), promise: nil)
            context.writeAndFlush(wrapOutboundOut(second), promise: promise)
        } else {
            context.writeAndFlush(wrapOutboundOut(first), promise: promise)
        }
        promise.futureResult.assumeIsolated().whenComplete { [weak self] result in
            guard let self else { return }
            if case .failure = result { return self.perform(.close) }
            self.perform(self.lifecycle.written(isReceiving: self.assembler.isReceiving))
        }
    }

    // MARK: Time and end

    private func timedOut() { perform(lifecycle.timedOut()) }

    private func perform(_ action: ConnectionLifecycle.Action) {
        switch action {
        case .none: break
        case .proceed: pump()
        case .close: context?.close(promise: nil)
        case .linger:
            dropInput()
            setTimer()
            context?.close(mode: .output, promise: nil)
            resumeReading()
        case .refuseSlowRequest:
            let limit = core.configuration.readTimeout
            take(assembler.refuse(.error(408, "the request did not arrive within \(limit); send it faster")))
        case .abandonHandler:
            running?.task?.cancel()
            answer(.busy(503, "the request was not answered within its deadline; try again later"), closes: true)
        }
    }

    private func resumeReading() {
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    private func setTimer() {
        let configuration = core.configuration
        switch lifecycle.phase {
        case .idle: timer.set(lifecycle.phase, configuration.idleTimeout)
        case .receiving: timer.set(lifecycle.phase, configuration.readTimeout)
        case .running: timer.set(lifecycle.phase, running?.request.route?.deadline ?? configuration.requestDeadline)
        case .writing: timer.set(lifecycle.phase, configuration.writeTimeout)
        case .lingering: timer.set(lifecycle.phase, configuration.lingerTimeout)
        case .closed: timer.stop()
        }
    }

    private func finish() {
        lifecycle.closed()
        timer.stop()
        running?.task?.cancel()
        running = nil
        dropInput()
    }

    private func dropInput() {
        assembler.stop()
        for request in queue { core.load.releaseBody(bytes: request.bodySizeBytes) }
        queue.removeAll()
    }
}
