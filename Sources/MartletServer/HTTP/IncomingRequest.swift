import NIOCore

/// A request that is ready for its turn on a connection, or a refusal that is.
final class IncomingRequest {
    enum Work {
        case handle(HTTPRequest, Route, RouteParameters)
        case answer(HTTPResponse)
    }

    let work: Work
    let method: HTTPRequest.Method
    /// The route that metrics are counted under; `nil` where none matched.
    let route: Route?
    let id: String
    /// Whether the client's version of HTTP keeps connections open only when both sides say so.
    let isHTTP10: Bool
    /// Whether the connection may be used again.
    let keepsAlive: Bool
    /// Whether the client may still be sending this request.
    let isIncomplete: Bool
    /// When it was ready, on the clock of event loops.
    let completedAt: NIODeadline

    var bodySizeBytes: Int {
        guard case .handle(let request, _, _) = work else { return 0 }
        return request.body.count
    }

    init(
        _ work: Work, _ method: HTTPRequest.Method, _ route: Route?, id: String, isHTTP10: Bool, keepsAlive: Bool,
        isIncomplete: Bool
    ) {
        self.work = work
        self.method = method
        self.route = route
        self.id = id
        self.isHTTP10 = isHTTP10
        self.keepsAlive = keepsAlive
        self.isIncomplete = isIncomplete
        completedAt = .now()
    }
}
