import NIOCore
import NIOHTTP1

/// Puts the parts of a connection's requests together, and refuses what breaks a limit as soon as that is known.
struct RequestAssembler {
    enum Outcome {
        case none
        /// The client waits for `100 Continue` before it sends the body.
        case bodyExpected
        case ready(IncomingRequest)
    }

    private struct Partial {
        let method: HTTPRequest.Method
        let target: RequestTarget
        let head: HTTPRequestHead
        let id: String
        let match: Router.Match
        let bodySizeMaxBytes: Int
        var receivedBytes = 0
        var body: [UInt8] = []

        var route: Route? {
            guard case .route(let route, _) = match else { return nil }
            return route
        }
    }

    private let core: ServerCore
    private let remoteAddress: String
    private var ids: RequestIDSource
    private var partial: Partial?
    /// Whether no more input is taken: after a refusal the rest cannot be told apart.
    private(set) var hasEnded = false

    init(core: ServerCore, remoteAddress: String, seed: UInt64) {
        self.core = core
        self.remoteAddress = remoteAddress
        ids = RequestIDSource(seed: seed)
    }

    /// Whether a request has begun and not ended.
    var isReceiving: Bool { partial != nil }

    mutating func receive(_ part: HTTPServerRequestPart) -> Outcome {
        guard !hasEnded else { return .none }
        switch part {
        case .head(let head): return begin(head)
        case .body(let buffer): return append(buffer)
        case .end: return finish()
        }
    }

    // MARK: Head

    private mutating func begin(_ head: HTTPRequestHead) -> Outcome {
        let id = ids.id(proposed: head.headers.first(name: "x-request-id"))
        let method = HTTPRequest.Method(head.method.rawValue)
        if let refusal = Self.hostRefusal(head) { return refuse(refusal, method: method, id: id) }
        let target: RequestTarget
        do {
            target = try RequestTarget(parsing: head.uri)
        } catch {
            return refuse(ServerCore.answer(to: error), method: method, id: id)
        }
        let match = core.router.match(method, target.components)
        let partial = Partial(
            method: method, target: target, head: head, id: id, match: match,
            bodySizeMaxBytes: core.bodySizeMaxBytes(of: match)
        )
        self.partial = partial
        return expectation(of: partial)
    }

    private static func hostRefusal(_ head: HTTPRequestHead) -> HTTPResponse? {
        let count = head.version == .http1_1 ? head.headers["host"].count : 1
        return count == 1 ? nil : .error(400, "header 'Host': expected exactly one, found \(count)")
    }

    private mutating func expectation(of partial: Partial) -> Outcome {
        let headers = partial.head.headers
        if let length = headers.first(name: "content-length").flatMap(Int.init), length > partial.bodySizeMaxBytes {
            return refuse(Self.tooLarge(partial.bodySizeMaxBytes))
        }
        guard let expectation = headers.first(name: "expect"), partial.head.version == .http1_1 else { return .none }
        guard expectation.lowercased() == "100-continue" else {
            return refuse(
                .error(417, "header 'Expect': expected 100-continue, found '\(RequestTarget.quoted(expectation))'"))
        }
        guard partial.route != nil else { return refuse(answerWithoutRoute(partial)) }
        return .bodyExpected
    }

    // MARK: Body

    private mutating func append(_ buffer: ByteBuffer) -> Outcome {
        guard let limit = partial?.bodySizeMaxBytes else { return .none }
        partial?.receivedBytes += buffer.readableBytes
        guard let received = partial?.receivedBytes, received <= limit else { return refuse(Self.tooLarge(limit)) }
        guard partial?.route != nil else { return .none }
        guard core.load.reserveBody(bytes: buffer.readableBytes) else {
            let limit = core.configuration.bodiesSizeMaxBytes
            return refuse(.busy(503, "the bodies of all requests exceed the limit of \(limit) bytes; try again later"))
        }
        partial?.body.append(contentsOf: buffer.readableBytesView)
        return .none
    }

    private static func tooLarge(_ limit: Int) -> HTTPResponse {
        .error(413, "the body is larger than the limit of \(limit) bytes; send less at a time")
    }

    private mutating func finish() -> Outcome {
        guard let partial else { return .none }
        self.partial = nil
        let work: IncomingRequest.Work
        if case .route(let route, let parameters) = partial.match {
            let request = HTTPRequest(
                partial.method, partial.target, headers: HeaderFields(partial.head.headers), body: partial.body,
                remoteAddress: remoteAddress, id: partial.id
            )
            work = .handle(request, route, parameters)
        } else {
            work = .answer(answerWithoutRoute(partial))
        }
        return .ready(
            IncomingRequest(
                work, partial.method, partial.route, id: partial.id, isHTTP10: partial.head.version == .http1_0,
                keepsAlive: Self.keepsAlive(partial.head), isIncomplete: false
            )
        )
    }

    /// The decoder stops after a request that asks for another protocol, so that such a connection ends.
    private static func keepsAlive(_ head: HTTPRequestHead) -> Bool {
        head.isKeepAlive && head.method != .CONNECT && !head.headers.contains(name: "upgrade")
    }

    private func answerWithoutRoute(_ partial: Partial) -> HTTPResponse {
        switch partial.match {
        case .route: .internalFailure
        case .methodRefused(let allowed): core.router.answer(to: partial.method, partial.target.path, allowed: allowed)
        case .unknown(let nearest): core.router.answer(toUnknown: partial.target.path, nearest: nearest)
        }
    }

    // MARK: Refusals

    /// Ends the input with an answer that is this connection's last; `none` where it ended so before.
    mutating func refuse(
        _ response: HTTPResponse, method: HTTPRequest.Method = HTTPRequest.Method("UNKNOWN"), id: String? = nil
    ) -> Outcome {
        guard !hasEnded else { return .none }
        let partial = self.partial
        stop()
        return .ready(
            IncomingRequest(
                .answer(response), partial?.method ?? method, partial?.route,
                id: partial?.id ?? id ?? ids.id(proposed: nil), isHTTP10: partial?.head.version == .http1_0,
                keepsAlive: false, isIncomplete: true
            )
        )
    }

    /// Ends the input without an answer, and gives back what an unfinished request holds.
    mutating func stop() {
        hasEnded = true
        core.load.releaseBody(bytes: partial?.body.count ?? 0)
        partial = nil
    }
}
