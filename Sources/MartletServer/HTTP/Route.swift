/// Answers one request of a route; what it throws becomes an answer as `HTTPResponse.failure` says.
package typealias RouteHandler = @Sendable (HTTPRequest, RouteParameters) async throws -> HTTPResponse

/// The same, of a handler that never suspends.
package typealias ImmediateRouteHandler = @Sendable (HTTPRequest, RouteParameters) throws -> HTTPResponse

/// What a handler gives on the connection's thread: its answer, or what there is to wait for.
package enum StagedAnswer: Sendable {
    case now(HTTPResponse)
    case later(@Sendable () async throws -> HTTPResponse)
}

/// The same, of a handler that suspends for some requests only.
package typealias StagedRouteHandler = @Sendable (HTTPRequest, RouteParameters) throws -> StagedAnswer

/// Answers one request whose body it takes as that comes.
package typealias StreamedRouteHandler = @Sendable (HTTPRequest, RouteParameters, HTTPBodyStream) async throws -> HTTPResponse

/// One entry of a router: a method, a template, and what answers them.
package final class Route: Sendable {
    /// Where a handler starts.
    package enum Start: Sendable {
        /// On the concurrency pool: right for all that computes long or blocks on disks.
        case pool
        /// On the connection's own thread, up to the first suspension: saves two thread switches a request, and holds
        /// up every connection of that thread while it computes. Only for handlers of well under a millisecond.
        case connectionThread
    }

    enum Handler: Sendable {
        case suspending(Start, RouteHandler)
        /// On the connection's thread, without a task.
        case immediate(ImmediateRouteHandler)
        /// Begun on the connection's thread, without a task; ended in one where it has to wait.
        case staged(StagedRouteHandler)
        /// On the pool, as soon as the head is here.
        case streamed(StreamedRouteHandler)
    }

    /// The method.
    package let method: HTTPRequest.Method
    /// The template, for example `/v2/models/{name}/infer`; metrics are labelled with it.
    package let template: String
    /// The largest body in bytes; `nil` for the server's own limit.
    package let bodySizeMaxBytes: Int?
    /// How long the handler may take; `nil` for the server's own deadline.
    package let deadline: Duration?

    /// The names of the template's parameters, in order.
    let parameters: [String]
    let handler: Handler
    let index: Int

    /// Whether the handler begins before the body is here.
    var isStreamed: Bool { if case .streamed = handler { true } else { false } }

    init(
        _ method: HTTPRequest.Method, _ template: String, parameters: [String], bodySizeMaxBytes: Int?, deadline: Duration?,
        handler: Handler, index: Int
    ) {
        self.method = method
        self.template = template
        self.parameters = parameters
        self.bodySizeMaxBytes = bodySizeMaxBytes
        self.deadline = deadline
        self.handler = handler
        self.index = index
    }
}
