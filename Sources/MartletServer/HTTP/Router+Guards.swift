/// What a guard says of a request before its handler sees it.
package enum Admission: Sendable {
    case admitted
    case refused(HTTPResponse)
    /// Somebody has to be asked first, who answers with a refusal, or with `nil`.
    case asking(@Sendable () async throws -> HTTPResponse?)
}

extension Router {
    /// Says of a request whether it is let in; called on the connection's own thread.
    package typealias Guard = @Sendable (HTTPRequest, RouteParameters) -> Admission

    /// The same routes, of which some stand behind a guard; those that take their bodies as they come are not among them.
    /// - Parameter keeper: the guard of a template; `nil` where everybody is let in.
    package func guarded(by keeper: (_ template: String) -> Guard?) -> Router {
        var router = Router()
        router.refusal = refusal
        router.unmatchedPage = unmatchedPage
        router.faultPage = faultPage
        for route in routes {
            let handler = keeper(route.template).map { route.handler.behind($0) } ?? route.handler
            router.add(
                route.method, route.template, bodySizeMaxBytes: route.bodySizeMaxBytes, deadline: route.deadline, handler)
        }
        return router
    }
}

extension Route.Handler {
    fileprivate func behind(_ admission: @escaping Router.Guard) -> Route.Handler {
        switch self {
        case .immediate(let handler): .staged { try Self.staged(admission($0, $1)) { .now(try handler($0, $1)) }($0, $1) }
        case .staged(let handler): .staged { try Self.staged(admission($0, $1), handler)($0, $1) }
        case .suspending(_, let handler):
            .staged {
                try Self.staged(admission($0, $1)) { request, parameters in .later { try await handler(request, parameters) } }($0, $1)
            }
        case .streamed: preconditionFailure("a route that takes its body as it comes has no guard")
        }
    }

    private static func staged(_ admission: Admission, _ handler: @escaping StagedRouteHandler) -> StagedRouteHandler {
        { request, parameters in
            switch admission {
            case .admitted: return try handler(request, parameters)
            case .refused(let response): return .now(response)
            case .asking(let ask):
                return .later {
                    if let refusal = try await ask() { return refusal }
                    switch try handler(request, parameters) {
                    case .now(let response): return response
                    case .later(let work): return try await work()
                    }
                }
            }
        }
    }
}
