import MartletCore

/// The routes of a server, by method and template.
///
/// A template is `/` and names between slashes; `{name}` matches any one component, and `{name...}`, which must come
/// last, matches one or more. A literal is preferred to a parameter, whatever the order of registration.
/// `HEAD` is answered by the route of `GET`, `OPTIONS` by the router itself where no route does.
package struct Router: Sendable {
    /// What a method and a path lead to.
    enum Match {
        case route(Route, RouteParameters)
        case methodRefused(allowed: [String])
        case unknown(nearest: String?)
    }

    private struct Node {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var rest: Int?
        var routes: [HTTPRequest.Method: Int] = [:]
    }

    /// The routes, in the order of registration.
    package private(set) var routes: [Route] = []
    private var names: [[String]] = []
    private var nodes = [Node()]

    /// Makes a router without routes.
    package init() {}

    /// Adds a route. A malformed template, or a second route of equal method and shape, is a fault of the program.
    package mutating func on(
        _ method: HTTPRequest.Method, _ template: String, bodySizeMaxBytes: Int? = nil, deadline: Duration? = nil,
        start: Route.Start = .pool, _ handler: @escaping RouteHandler
    ) {
        let (node, parameters) = insert(RouteTemplate(template))
        precondition(nodes[node].routes[method] == nil, "there are two routes \(method) \(template)")
        nodes[node].routes[method] = routes.count
        names.append(parameters)
        routes.append(
            Route(
                method, template, bodySizeMaxBytes: bodySizeMaxBytes, deadline: deadline, start: start,
                handler: handler,
                index: routes.count
            )
        )
    }

    private mutating func insert(_ template: RouteTemplate) -> (node: Int, parameters: [String]) {
        var node = 0
        for part in template.parts {
            node =
                switch part {
                case .literal(let text): child(of: node, at: \.literals[text])
                case .parameter: child(of: node, at: \.parameter)
                case .rest: child(of: node, at: \.rest)
                }
        }
        return (node, template.parameters)
    }

    private mutating func child(of node: Int, at place: WritableKeyPath<Node, Int?>) -> Int {
        if let known = nodes[node][keyPath: place] { return known }
        nodes.append(Node())
        nodes[node][keyPath: place] = nodes.count - 1
        return nodes.count - 1
    }
}

// MARK: - Matching

extension Router {
    /// The route of a method and a path. - Complexity: O(components) unless literals and parameters overlap.
    func match(_ method: HTTPRequest.Method, _ components: [String]) -> Match {
        var search = Search(method: method, components: components)
        if find(at: 0, 0, &search), let index = search.found {
            return .route(routes[index], RouteParameters(names: names[index], values: search.values))
        }
        if components == ["*"] { return .methodRefused(allowed: allowed(by: Set(routes.map(\.method)))) }
        guard search.allowed.isEmpty else { return .methodRefused(allowed: allowed(by: search.allowed)) }
        return .unknown(nearest: nearestTemplate(to: components))
    }

    private struct Search {
        let method: HTTPRequest.Method
        let components: [String]
        var values: [String] = []
        var allowed: Set<HTTPRequest.Method> = []
        var found: Int?
    }

    private func find(at node: Int, _ depth: Int, _ search: inout Search) -> Bool {
        guard depth < search.components.count else { return finish(at: node, &search) }
        let component = search.components[depth]
        if let next = nodes[node].literals[component], find(at: next, depth + 1, &search) { return true }
        if let next = nodes[node].parameter {
            search.values.append(component)
            if find(at: next, depth + 1, &search) { return true }
            search.values.removeLast()
        }
        guard let rest = nodes[node].rest else { return false }
        search.values.append(search.components[depth...].joined(separator: "/"))
        if finish(at: rest, &search) { return true }
        search.values.removeLast()
        return false
    }

    private func finish(at node: Int, _ search: inout Search) -> Bool {
        let routes = nodes[node].routes
        search.found = routes[search.method] ?? (search.method == .head ? routes[.get] : nil)
        search.allowed.formUnion(routes.keys)
        return search.found != nil
    }

    private func allowed(by methods: Set<HTTPRequest.Method>) -> [String] {
        let implied: Set<HTTPRequest.Method> = methods.contains(.get) ? [.head, .options] : [.options]
        return methods.union(implied).map(\.name).sorted()
    }
}

// MARK: - Answers where no route matches

extension Router {
    /// `204` to `OPTIONS`, else `405`; both with `Allow`.
    func answer(to method: HTTPRequest.Method, _ path: String, allowed: [String]) -> HTTPResponse {
        let list = allowed.joined(separator: ", ")
        guard method != .options else { return HTTPResponse(status: 204, headers: ["allow": list]) }
        let message = "'\(RequestTarget.quoted(path))' does not answer \(method); it answers \(list)"
        return HTTPResponse.error(405, message).with("allow", list)
    }

    /// `404`, with the path and the nearest template.
    func answer(toUnknown path: String, nearest: String?) -> HTTPResponse {
        let hint = nearest.map { "; the nearest route is \($0)" } ?? ""
        return .error(404, "there is no route '\(RequestTarget.quoted(path))'\(hint)")
    }

    /// Walks the tree as far as the path can be read with a misspelling or two. - Complexity: O(components · children).
    private func nearestTemplate(to components: [String]) -> String? {
        var node = 0
        var steps = 0
        for component in components {
            guard let next = nearestChild(of: node, to: component) else { break }
            node = next
            steps += 1
        }
        return steps == 0 ? nil : firstTemplate(under: node)
    }

    private func nearestChild(of node: Int, to component: String) -> Int? {
        let literals = nodes[node].literals
        if let exact = literals[component] { return exact }
        let isShort = component.utf8.count <= 64
        if isShort, let name = nearest(to: component, among: literals.keys.sorted()) { return literals[name] }
        return nodes[node].parameter ?? nodes[node].rest
    }

    private func firstTemplate(under node: Int) -> String? {
        if let index = nodes[node].routes.values.min() { return "\(routes[index].method) \(routes[index].template)" }
        let children = nodes[node].literals.sorted { $0.key < $1.key }.map(\.value)
        let others = [nodes[node].parameter, nodes[node].rest].compactMap { $0 }
        return (children + others).lazy.compactMap { firstTemplate(under: $0) }.first
    }
}
