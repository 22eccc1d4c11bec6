import NIOCore

/// Tells a connection that the server is stopping.
struct DrainEvent: Sendable {}

/// Serves one connection: acts on what `RequestAssembler` and `ConnectionLifecycle` decide.
///
/// It lives on its event loop only. One request at a time is taken out of the input. The task of a running handler belongs to the
/// connection and is cancelled when that goes away or the deadline passes.
final class HTTPConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A request whose handler may suspend.
    struct Running {
        let request: IncomingRequest
        let startedAt: NIODeadline
        let serial: Int
        let stream: HTTPBodyStream?
        var task: Task<Void, Never>?
    }

    let core: ServerCore
    let eventLoop: any EventLoop
    private let remoteAddress: String
    var context: ChannelHandlerContext?
    var lifecycle = ConnectionLifecycle()
    var assembler: RequestAssembler
    var output = ResponseOutput()
    var running: Running?
    private var serial = 0
    let timer: ConnectionTimer
    /// The time of the event that is being handled.
    var now: NIODeadline
    /// Whether the client was told to send the body that is streamed.
    var isInvited = false
    /// Whether a streamed body waits for its handler.
    var isStreamFull = false
    /// Waits for the next bytes of an answer that another machine has.
    var sending: Task<Void, Never>?
    /// How many bytes of a streamed body came since the clock was set for them.
    var progressSizeBytes = 0
    /// The size of the large answer that is on its way; the next one waits for it.
    private var answerBytes = 0
    private var isReadHeld = false
    private var isPumping = false
    private var mustPumpAgain = false

    init(core: ServerCore, remoteAddress: String, eventLoop: any EventLoop) {
        self.core = core
        self.eventLoop = eventLoop
        self.remoteAddress = remoteAddress
        assembler = RequestAssembler(core: core, seed: UInt64.random(in: .min ... .max))
        timer = ConnectionTimer(eventLoop: eventLoop)
        now = eventLoop.now
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
        now = eventLoop.now
        assembler.feed(unwrapInboundIn(data))
        pump()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is DrainEvent else { return context.fireUserInboundEventTriggered(event) }
        guard lifecycle.drain() == .close else { return }
        // The end of the last answer may still be on its way.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    // MARK: Requests

    /// Answers what can be answered. A handler may finish at once, and so free the way for the next: hence the loops.
    func pump() {
        guard !isPumping else {
            mustPumpAgain = true
            return
        }
        isPumping = true
        defer { isPumping = false }
        repeat {
            mustPumpAgain = false
            while lifecycle.isFree, startNext() {}
            if lifecycle.phase == .streaming { passBody() }
            settle()
        } while mustPumpAgain
    }

    /// - Returns: whether there was something to do.
    private func startNext() -> Bool {
        switch assembler.next() {
        case .none: return false
        case .bodyExpected: output.append(ResponseEncoder.bodyExpected)
        case .ready(let request): start(request)
        }
        return true
    }

    private func start(_ incoming: IncomingRequest) {
        lifecycle.started(streams: incoming.isStreamed)
        timer.forget()
        switch incoming.work {
        case .answer(let response): answer(incoming, response, since: now)
        case .handle(let parameters):
            guard let head = incoming.head, let route = incoming.route else { return }
            let body = HTTPBody(incoming.body.bytes)
            let request = HTTPRequest(head, body, remoteAddress: remoteAddress, isEncrypted: core.isEncrypted, id: incoming.id)
            handle(incoming, request, route, parameters)
        }
    }

    private func handle(_ incoming: IncomingRequest, _ request: HTTPRequest, _ route: Route, _ parameters: RouteParameters) {
        guard core.load.startRequest() else {
            core.load.releaseBody(bytes: incoming.reservedBytes)
            let limit = core.configuration.requestsInFlightMax
            let refusal = HTTPResponse.busy(503, "\(limit) requests are running, which is the limit; try again later")
            return answer(incoming, refusal, since: now)
        }
        switch route.handler {
        case .immediate(let handler):
            let response = core.respond(request, route, parameters, immediately: handler)
            core.load.finishRequest(bodyBytes: incoming.reservedBytes)
            answer(incoming, response, since: now)
        case .staged(let handler):
            switch core.begin(request, route, parameters, handler) {
            case .now(let response):
                core.load.finishRequest(bodyBytes: incoming.reservedBytes)
                answer(incoming, response, since: now)
            case .later(let work):
                run(incoming, .connectionThread) { [core] in await core.respond(request, route, parameters) { _, _ in try await work() } }
            }
        case .suspending(let place, let handler):
            run(incoming, place) { [core] in await core.respond(request, route, parameters, handler) }
        case .streamed(let handler):
            let stream = makeStream(serial: serial + 1)
            run(incoming, .pool, stream) { [core] in
                await core.respond(request, route, parameters) { try await handler($0, $1, stream) }
            }
        }
    }

    private func run(
        _ incoming: IncomingRequest, _ place: Route.Start, _ stream: HTTPBodyStream? = nil,
        _ handler: @escaping @Sendable () async -> HTTPResponse
    ) {
        serial += 1
        running = Running(request: incoming, startedAt: now, serial: serial, stream: stream)
        setTimer()
        let loop = eventLoop
        let connection = NIOLoopBound(self, eventLoop: loop)
        let work: @Sendable () async -> Void = { [core, serial, bytes = incoming.reservedBytes] in
            let response = await handler()
            core.load.finishRequest(bodyBytes: bytes)
            if loop.inEventLoop { return connection.value.handled(response, serial) }
            loop.execute { connection.value.handled(response, serial) }
        }
        let task =
            switch place {
            case .pool: Task(operation: work)
            case .connectionThread: Task.immediate(operation: work)
            }
        if running?.serial == serial { running?.task = task }
    }

    /// A handler returned; its answer counts unless the deadline answered before it.
    private func handled(_ response: HTTPResponse, _ serial: Int) {
        guard lifecycle.isHandling, let running, running.serial == serial else { return }
        answer(running.request, response, since: running.startedAt)
        pump()
    }

    // MARK: Answers

    func answer(_ request: IncomingRequest, _ answered: HTTPResponse, since start: NIODeadline, closes: Bool = false) {
        running = nil
        let response = request.method == .head ? answered : withinLimit(answered, isRead: request.method == .get)
        let isWhole = request.isStreamed ? endStream() : !request.isIncomplete
        let isLast = closes || !isWhole || !request.keepsAlive || core.load.isDraining
        lifecycle.answered(closes: isLast, lingers: !isWhole || assembler.isReceiving)
        now = eventLoop.now
        core.metrics.record(request.method, request.route, status: response.status, seconds: Double((now - start).nanoseconds) / 1e9)
        let framing = ResponseEncoder.Framing(
            requestID: request.id, date: core.date.now, isHead: request.method == .head, isHTTP10: request.head?.isHTTP10 == true,
            closes: isLast
        )
        output.append(response, framing)
        // A small answer on a free way is as good as written; any other must be, before more is answered.
        guard !isLast, !output.isLarge, let context, context.channel.isWritable else { return }
        releaseAnswer()
        _ = lifecycle.written(isReceiving: assembler.isReceiving)
    }

    /// The answer, or where clients have yet to take too many, that it has to be asked for again.
    private func withinLimit(_ response: HTTPResponse, isRead: Bool) -> HTTPResponse {
        let size = response.body.count
        guard size >= ResponseOutput.largeSizeBytes else { return response }
        // What changed something is told, whatever it takes: else it would be done twice.
        guard core.load.reserveAnswer(bytes: size, must: !isRead && !response.isRepeatable) else {
            let limit = core.configuration.answersSizeMaxBytes
            return .busy(503, "the answers that clients have yet to take reach the limit of \(limit) bytes; try again later")
        }
        answerBytes += size
        return response
    }

    private func releaseAnswer() {
        core.load.releaseAnswer(bytes: answerBytes)
        answerBytes = 0
    }

    /// Sends what there is to send, and sets the clock for what the connection then waits for.
    func settle() {
        flush()
        if lifecycle.phase == .idle, assembler.isReceiving { lifecycle.bytesArrived() }
        setTimer()
        holdReading()
    }

    /// Holds back reading while a request waits for its turn, so that a client cannot fill the memory.
    private func holdReading() {
        let mustHold =
            switch lifecycle.phase {
            case .running, .writing: assembler.isReceiving
            case .streaming: isStreamFull
            default: false
            }
        guard mustHold != isReadHeld, let channel = context?.channel, channel.isActive else { return }
        isReadHeld = mustHold
        do {
            try channel.syncOptions?.setOption(.autoRead, value: !mustHold)
        } catch {
            // Only a channel that is closed refuses it.
            channel.close(promise: nil)
        }
    }

    private func flush() {
        guard let context, !output.isEmpty else { return }
        let source = output.takeSource()
        let promise = lifecycle.phase == .writing && source == nil ? context.eventLoop.makePromise(of: Void.self) : nil
        output.flush { bytes, isLast in
            context.write(wrapOutboundOut(bytes), promise: isLast ? promise : nil)
            if isLast { context.flush() }
        }
        if let source { return send(source) }
        promise?.futureResult.assumeIsolated().whenComplete { [weak self] in self?.written($0) }
    }

    func written(_ result: Result<Void, any Error>) {
        releaseAnswer()
        guard case .success = result else { return perform(.close) }
        now = eventLoop.now
        perform(lifecycle.written(isReceiving: assembler.isReceiving))
    }

    // MARK: Time and end

    private func timedOut() {
        now = eventLoop.now
        perform(lifecycle.timedOut())
    }

    func perform(_ action: ConnectionLifecycle.Action) {
        switch action {
        case .none: break
        case .proceed: pump()
        case .close: context?.close(promise: nil)
        case .linger:
            assembler.stop()
            context?.close(mode: .output, promise: nil)
            settle()
        case .refuseSlowRequest:
            let limit = core.configuration.readTimeout
            let refusal = assembler.refuse(with: .error(408, "the request did not arrive within \(limit); send it faster"))
            if case .ready(let request) = refusal { start(request) }
            settle()
        case .abandonHandler:
            guard let running else { return }
            running.task?.cancel()
            let refusal = HTTPResponse.busy(503, "the request was not answered within its deadline; try again later")
            answer(running.request, refusal, since: running.startedAt, closes: true)
            settle()
        case .abandonStream: abandonStream()
        }
    }

    func setTimer() {
        let phase = lifecycle.phase
        switch phase {
        case .idle: timer.set(phase, core.timeouts.idle, now: now)
        case .receiving, .streaming: timer.set(phase, core.timeouts.read, now: now)
        case .running: timer.set(phase, running?.request.route?.deadline.map { TimeAmount($0) } ?? core.timeouts.request, now: now)
        case .writing: timer.set(phase, core.timeouts.write, now: now)
        case .lingering: timer.set(phase, core.timeouts.linger, now: now)
        case .closed: timer.stop()
        }
    }

    private func finish() {
        releaseAnswer()
        lifecycle.closed()
        timer.stop()
        letGo()
        assembler.stop()
    }
}
