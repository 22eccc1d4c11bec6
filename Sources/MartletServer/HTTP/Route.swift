/// Answers one request of a route; what it throws becomes an answer as `HTTPResponse.failure` says.
package typealias RouteHandler = @Sendable (HTTPRequest, RouteParameters) async throws -> HTTPResponse

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

    /// The method.
    package let method: HTTPRequest.Method
    /// The template, for example `/v2/models/{name}/infer`; metrics are labelled with it.
    package let template: String
    /// The largest body in bytes; `nil` for the server's own limit.
    package let bodySizeMaxBytes: Int?
    /// How long the handler may take; `nil` for the server's own deadline.
    package let deadline: Duration?
    /// Where the handler starts.
    package let start: Start

    let handler: RouteHandler
    let index: Int

    init(
        _ method: HTTPRequest.Method, _ template: String, bodySizeMaxBytes: Int?, deadline: Duration?, start: Start,
        handler: @escaping RouteHandler, index: Int
    ) {
        self.method = method
        self.template = template
        self.bodySizeMaxBytes = bodySizeMaxBytes
        self.deadline = deadline
        self.start = start
        self.handler = handler
        self.index = index
    }
}
