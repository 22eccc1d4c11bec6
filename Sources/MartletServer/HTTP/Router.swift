/// The routes of a server, by method and template.
///
/// A template is `/` and names between slashes; `{name}` matches any one component, and `{name...}`, which must come
/// last, matches one or more. A literal is preferred to a parameter, whatever the order of registration.
/// `HEAD` is answered by the route of `GET`, `OPTIONS` by the router itself where no route does.
package struct Router: Sendable {
    /// The routes, in the order of registration.
    package private(set) var routes: [Route] = []
    private var tree = RouteTree()
    /// Refuses requests before anything else is known of them, also such that no route answers; runs on the connection's thread.
    var refusal: (@Sendable (RequestHead) -> HTTPResponse?)?
    /// What requests get that no route answers; `nil` for a text in JSON that says what is there.
    package var unmatchedPage: UnmatchedPage?

    /// How requests are refused that no handler sees.
    var faultPage: FaultPage?

    /// Makes a router without routes.
    package init() {}

    /// Adds a route. A malformed template, or a second route of equal method and shape, is a fault of the program.
    package mutating func on(
        _ method: HTTPRequest.Method, _ template: String, bodySizeMaxBytes: Int? = nil, deadline: Duration? = nil,
        start: Route.Start = .pool, _ handler: @escaping RouteHandler
    ) {
        add(method, template, bodySizeMaxBytes: bodySizeMaxBytes, deadline: deadline, .suspending(start, handler))
    }

    /// Adds a route whose handler never suspends and runs on the connection's own thread: the cheapest kind.
    ///
    /// It holds up every connection of that thread while it computes, and no deadline can end it: only for handlers of well
    /// under a millisecond that do not wait for disks or locks.
    package mutating func onConnectionThread(
        _ method: HTTPRequest.Method, _ template: String, bodySizeMaxBytes: Int? = nil, _ handler: @escaping ImmediateRouteHandler
    ) {
        add(method, template, bodySizeMaxBytes: bodySizeMaxBytes, deadline: nil, .immediate(handler))
    }

    /// Adds a route whose handler begins on the connection's own thread and may go on elsewhere, as what it is asked needs.
    package mutating func staged(
        _ method: HTTPRequest.Method, _ template: String, bodySizeMaxBytes: Int? = nil, deadline: Duration? = nil,
        _ handler: @escaping StagedRouteHandler
    ) {
        add(method, template, bodySizeMaxBytes: bodySizeMaxBytes, deadline: deadline, .staged(handler))
    }

    /// Adds a route whose handler begins as soon as the head is here, and takes the body as it comes.
    ///
    /// Its body may take any time as long as it goes on; compressed ones are refused. A handler that answers before it has taken all
    /// ends the connection, unless the rest is here already.
    /// - Parameter bodySizeMaxBytes: `nil` for no limit.
    /// - Parameter deadline: how long the handler may take behind the end of the body; `nil` for the server's own deadline.
    package mutating func streamed(
        _ method: HTTPRequest.Method, _ template: String, bodySizeMaxBytes: Int?, deadline: Duration? = nil,
        _ handler: @escaping StreamedRouteHandler
    ) {
        add(method, template, bodySizeMaxBytes: bodySizeMaxBytes ?? .max, deadline: deadline, .streamed(handler))
    }

    mutating func add(
        _ method: HTTPRequest.Method, _ template: String, bodySizeMaxBytes: Int?, deadline: Duration?, _ handler: Route.Handler
    ) {
        let shape = RouteTemplate(template)
        let isNew = tree.insert(shape, method, route: routes.count)
        precondition(isNew, "there are two routes \(method) \(template)")
        routes.append(
            Route(
                method, template, parameters: shape.parameters, bodySizeMaxBytes: bodySizeMaxBytes, deadline: deadline,
                handler: handler, index: routes.count
            )
        )
    }

    /// What answers requests.
    var table: RouteTable { RouteTable(routes, tree, refusal: refusal, page: unmatchedPage, faultPage: faultPage) }
}
