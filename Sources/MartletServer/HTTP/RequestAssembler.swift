import NIOCore

/// Puts the parts of a connection's requests together, and refuses what breaks a limit as soon as that is known.
struct RequestAssembler {
    enum Outcome {
        /// More bytes must come first.
        case none
        /// The client waits for `100 Continue` before it sends the body.
        case bodyExpected
        case ready(IncomingRequest)
    }

    /// What comes next of a body that is streamed.
    enum BodyOutcome {
        /// More bytes must come first, or none are to come.
        case none
        case piece(ByteBuffer)
        case end
        /// The rest is not taken; the input has ended.
        case refused(HTTPResponse)
    }

    private let core: ServerCore
    private var parser: RequestParser
    private var ids: RequestIDSource
    /// The request whose body is still to come.
    private var begun: IncomingRequest?
    /// The request whose handler has begun and takes the body as it comes.
    private var streamed: IncomingRequest?
    /// Whether no more input is taken: after a refusal the rest cannot be told apart.
    private(set) var hasEnded = false

    init(core: ServerCore, seed: UInt64) {
        self.core = core
        parser = RequestParser(limits: core.configuration.requestLimits)
        ids = RequestIDSource(seed: seed)
    }

    /// Whether a request has begun and not ended.
    var isReceiving: Bool { begun != nil || parser.hasInput }

    /// Takes bytes as they come; what they mean comes from `next()`.
    mutating func feed(_ bytes: ByteBuffer) {
        if !hasEnded { parser.feed(bytes) }
    }

    /// The next request, once it is wholly here. It is taken out of the input only now, so that one waits at a time.
    mutating func next() -> Outcome {
        guard !hasEnded else { return .none }
        do {
            if let begun = begun.take() { return try receiveBody(of: begun) }
            guard let head = try parser.head() else { return .none }
            return begin(head)
        } catch {
            return refuse(error)
        }
    }

    // MARK: Head

    private mutating func begin(_ head: RequestHead) -> Outcome {
        let id = ids.id(proposed: head.requestID)
        do {
            try head.target.check()
            let (work, route) = work(of: head)
            if route?.isStreamed == true { return try beginStream(head, work, route, id) }
            let body = try BodyCollector(head, sizeMaxBytes: route?.bodySizeMaxBytes ?? core.configuration.bodySizeMaxBytes)
            let request = IncomingRequest(work, route, head, id: id, body: body)
            guard head.expectation == nil else { return try meetExpectation(of: request, head) }
            return try receiveBody(of: request)
        } catch {
            return refuse(error, head, id: id)
        }
    }

    private func work(of head: RequestHead) -> (IncomingRequest.Work, Route?) {
        if let refusal = core.routes.refusal?(head) { return (.answer(refusal), nil) }
        return switch core.routes.match(head.method, head.target) {
        case .route(let route, let parameters): (.handle(parameters), route)
        case .methodRefused(let allowed): (.answer(core.routes.answer(to: head.method, head.target.path, allowed: allowed)), nil)
        case .unknown(let nearest): (.answer(core.routes.answer(toUnknown: head.target.path, nearest: nearest)), nil)
        }
    }

    private static func checkExpectation(_ head: RequestHead) throws {
        guard let expectation = head.expectation, expectation.lowercased() == "100-continue" else {
            let found = RequestTarget.quoted(head.expectation ?? "")
            throw RequestFault(status: 417, message: "header 'Expect': expected 100-continue, found '\(found)'")
        }
    }

    private mutating func meetExpectation(of request: IncomingRequest, _ head: RequestHead) throws -> Outcome {
        try Self.checkExpectation(head)
        if case .answer(let response) = request.work { return refuse(with: response, of: request) }
        // Who has begun to send the body, or has none, needs no invitation.
        guard !parser.hasInput, head.framing != .length(0) else { return try receiveBody(of: request) }
        begun = request
        return .bodyExpected
    }

    // MARK: Body

    private mutating func receiveBody(of request: IncomingRequest) throws -> Outcome {
        do {
            while true {
                switch try parser.body() {
                case .incomplete:
                    begun = request
                    return .none
                case .piece(let piece): try append(piece, to: request)
                case .end:
                    guard request.body.isComplete || request.route == nil else {
                        throw RequestFault.bodyEndsEarly(request.head?.contentCoding)
                    }
                    return .ready(request)
                }
            }
        } catch {
            begun = request
            return refuse(error)
        }
    }

    /// What leads to no route is counted and dropped.
    private func append(_ piece: ByteBuffer, to request: IncomingRequest) throws {
        let isKept = request.route != nil
        let size = try request.body.take(piece, isKept: isKept)
        guard isKept, size > 0 else { return }
        guard core.load.reserveBody(bytes: size) else {
            let limit = core.configuration.bodiesSizeMaxBytes
            throw RequestFault.busy("the bodies of all requests exceed the limit of \(limit) bytes; try again later")
        }
        request.reservedBytes += size
    }

    // MARK: Streamed bodies

    private mutating func beginStream(
        _ head: RequestHead, _ work: IncomingRequest.Work, _ route: Route?, _ id: RequestID
    ) throws -> Outcome {
        if head.expectation != nil { try Self.checkExpectation(head) }
        // What a compressed piece becomes has no bound.
        guard case .plain = ContentCoding.declared(by: head.contentCoding) else {
            throw RequestFault.streamedCoding(head.contentCoding ?? "")
        }
        let body = try BodyCollector(head, sizeMaxBytes: route?.bodySizeMaxBytes ?? core.configuration.bodySizeMaxBytes)
        let mustInvite = head.expectation != nil && !parser.hasInput && head.framing != .length(0)
        let request = IncomingRequest(work, route, head, id: id, body: body, isStreamed: true, mustInvite: mustInvite)
        guard core.load.reserveBody(bytes: HTTPBodyStream.sizeMaxBytes) else {
            throw RequestFault.busy(
                "the bodies of all requests exceed the limit of \(core.configuration.bodiesSizeMaxBytes) bytes; try again later")
        }
        request.reservedBytes = HTTPBodyStream.sizeMaxBytes
        streamed = request
        return .ready(request)
    }

    /// What is here of the body of the request that is streamed.
    mutating func nextPiece() -> BodyOutcome {
        guard let request = streamed else { return .none }
        do {
            switch try parser.body() {
            case .incomplete: return .none
            case .piece(let piece):
                _ = try request.body.take(piece, isKept: false)
                return .piece(piece)
            case .end:
                streamed = nil
                return .end
            }
        } catch {
            stop()
            return .refused(refusal(of: error, request.head))
        }
    }

    /// Drops the rest of a streamed body, which nobody takes any more.
    /// - Returns: whether it was all here; otherwise the input has ended, since where the next request begins is unknown.
    mutating func dropStream() -> Bool {
        while streamed != nil {
            switch nextPiece() {
            case .piece, .end: continue
            case .none, .refused: stop()
            }
        }
        return !hasEnded
    }

    // MARK: Refusals

    /// Ends the input with an answer that is this connection's last; `none` where it ended so before.
    mutating func refuse(with response: HTTPResponse) -> Outcome { refuse(with: response, of: begun) }

    private mutating func refuse(_ error: any Error) -> Outcome { refuse(with: refusal(of: error, begun?.head), of: begun) }

    private mutating func refuse(_ error: any Error, _ head: RequestHead, id: RequestID) -> Outcome {
        stop()
        return .ready(IncomingRequest(refusal: refusal(of: error, head), nil, head, id: id))
    }

    private mutating func refuse(with response: HTTPResponse, of request: IncomingRequest?) -> Outcome {
        guard !hasEnded else { return .none }
        stop()
        return .ready(
            IncomingRequest(refusal: response, request?.route, request?.head, id: request?.id ?? ids.id(proposed: nil)))
    }

    private func refusal(of error: any Error, _ head: RequestHead?) -> HTTPResponse {
        let plain = (error as? RequestFault).map { .failure($0) } ?? ServerCore.answer(to: error)
        return head.flatMap { core.routes.faultPage?($0.target, error, plain) } ?? plain
    }

    /// Ends the input without an answer, and gives back what an unfinished request holds.
    mutating func stop() {
        hasEnded = true
        core.load.releaseBody(bytes: begun?.reservedBytes ?? 0)
        begun = nil
        streamed = nil
        parser = RequestParser(limits: core.configuration.requestLimits)
    }
}
