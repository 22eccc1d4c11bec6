/// The routes of a running server; it never changes.
final class RouteTable: Sendable {
    /// What a method and a path lead to.
    enum Match {
        case route(Route, RouteParameters)
        case methodRefused(allowed: [String])
        case unknown(nearest: String?)
    }

    let routes: [Route]
    let refusal: (@Sendable (RequestHead) -> HTTPResponse?)?
    let faultPage: FaultPage?
    private let tree: RouteTree
    private let page: UnmatchedPage?

    init(
        _ routes: [Route], _ tree: RouteTree, refusal: (@Sendable (RequestHead) -> HTTPResponse?)? = nil, page: UnmatchedPage? = nil,
        faultPage: FaultPage? = nil
    ) {
        self.faultPage = faultPage
        self.refusal = refusal
        self.routes = routes
        self.tree = tree
        self.page = page
    }

    /// The route of a method and a path. - Complexity: O(parts) unless literals and parameters overlap.
    func match(_ method: HTTPRequest.Method, _ target: RequestTarget) -> Match {
        target.withParts { path, parts in
            tree.withWalk(path, parts) { walk in
                guard let found = walk.route(method) else { return unmatched(walk.components, walk.otherMethods) }
                return .route(routes[found], RouteParameters(names: routes[found].parameters, values: walk.values))
            }
        }
    }

    private func unmatched(_ components: [String], _ methods: Set<HTTPRequest.Method>) -> Match {
        if components == ["*"] { return .methodRefused(allowed: allowed(by: Set(routes.map(\.method)))) }
        guard methods.isEmpty else { return .methodRefused(allowed: allowed(by: methods)) }
        return .unknown(nearest: tree.nearestRoute(to: components).map { "\(routes[$0].method) \(routes[$0].template)" })
    }

    private func allowed(by methods: Set<HTTPRequest.Method>) -> [String] {
        let implied: Set<HTTPRequest.Method> = methods.contains(.get) ? [.head, .options] : [.options]
        return methods.union(implied).map(\.name).sorted()
    }
}

// MARK: - Answers where no route matches

extension RouteTable {
    /// `204` to `OPTIONS`, else `405`; both with `Allow`.
    func answer(to method: HTTPRequest.Method, _ path: String, allowed: [String]) -> HTTPResponse {
        let list = allowed.joined(separator: ", ")
        guard method != .options else { return HTTPResponse(status: 204, headers: ["allow": list]) }
        if let page { return page.methodRefused.with("allow", list) }
        let message = "'\(RequestTarget.quoted(path))' does not answer \(method); it answers \(list)"
        return HTTPResponse.error(405, message).with("allow", list)
    }

    /// `404`, with the path and the nearest template.
    func answer(toUnknown path: String, nearest: String?) -> HTTPResponse {
        if let page { return page.unknown }
        let hint = nearest.map { "; the nearest route is \($0)" } ?? ""
        return .error(404, "there is no route '\(RequestTarget.quoted(path))'\(hint)")
    }
}
