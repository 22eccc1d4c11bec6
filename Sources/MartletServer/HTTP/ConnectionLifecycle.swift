/// The phase of one connection and what follows from each event; it knows no clock and no socket.
///
/// ```
/// idle ─▶ receiving ─▶ running ─▶ writing ─▶ idle …
///                  └─▶ streaming ┘       └─▶ lingering ─▶ closed
/// ```
/// While one request runs or is written, the next may already be on its way or wait; it starts when `next` says so.
struct ConnectionLifecycle: Equatable {
    enum Phase: Equatable {
        /// Between requests.
        case idle
        /// A request has begun to arrive.
        case receiving
        /// A handler works, and takes the body as it comes.
        case streaming
        /// A handler works.
        case running
        /// An answer is on its way to the client.
        case writing
        /// The last answer is written; what still arrives is dropped.
        case lingering
        case closed
    }

    enum Action: Equatable {
        case none
        case close
        /// End the outgoing side and drop what still arrives.
        case linger
        /// Answer `408` and take no more.
        case refuseSlowRequest
        /// Cancel the handler and answer `503`.
        case abandonHandler
        /// Cancel the handler and answer `408`, or `503` where it was the handler that did not go on.
        case abandonStream
        /// Look for the next request.
        case proceed
    }

    private(set) var phase = Phase.idle
    /// Whether the server is stopping: each answer is then the connection's last.
    private(set) var isDraining = false
    private var closesAfterAnswer = false
    private var lingersAfterAnswer = false

    /// Bytes of a request that is not complete yet have come.
    mutating func bytesArrived() {
        if phase == .idle { phase = .receiving }
    }

    /// Whether a complete request may start now.
    var isFree: Bool { phase == .idle || phase == .receiving }

    /// - Parameter streams: the body is still to come.
    mutating func started(streams: Bool = false) {
        precondition(isFree, "a request started while another ran")
        phase = streams ? .streaming : .running
    }

    /// Whether a handler works.
    var isHandling: Bool { phase == .running || phase == .streaming }

    /// All of a body that is streamed has come.
    mutating func bodyEnded() {
        if phase == .streaming { phase = .running }
    }

    /// An answer was handed to the socket.
    /// - Parameters:
    ///   - closes: nothing more will be answered on this connection.
    ///   - lingers: the client may still be sending.
    mutating func answered(closes: Bool, lingers: Bool) {
        precondition(isHandling, "an answer without a request")
        phase = .writing
        closesAfterAnswer = closes || isDraining
        lingersAfterAnswer = lingers
    }

    /// The socket took the answer.
    /// - Parameter isReceiving: the next request has already begun to arrive.
    mutating func written(isReceiving: Bool) -> Action {
        guard phase == .writing else { return .none }
        if closesAfterAnswer || isDraining {
            phase = lingersAfterAnswer ? .lingering : .closed
            return lingersAfterAnswer ? .linger : .close
        }
        phase = isReceiving ? .receiving : .idle
        return .proceed
    }

    /// The time that the phase allows is over.
    mutating func timedOut() -> Action {
        switch phase {
        case .receiving: return .refuseSlowRequest
        case .running: return .abandonHandler
        case .streaming: return .abandonStream
        case .idle, .writing, .lingering:
            phase = .closed
            return .close
        case .closed: return .none
        }
    }

    /// The server is stopping; what rests is closed at once.
    mutating func drain() -> Action {
        isDraining = true
        guard phase == .idle else { return .none }
        phase = .closed
        return .close
    }

    mutating func closed() { phase = .closed }
}
