/// The way of one path through the tree of routes; it is good while the tree lends itself.
struct RouteWalk {
    let path: UnsafeRawBufferPointer
    let parts: UnsafeBufferPointer<Range<Int>>
    let nodes: UnsafeBufferPointer<RouteTree.Node>
    let literals: UnsafeBufferPointer<RouteTree.Literal>
    let text: UnsafeRawBufferPointer
    let entries: UnsafeBufferPointer<RouteTree.Entry>

    /// The values of parameters so far.
    private(set) var values: [String] = []
    /// The methods of the nodes that the whole path leads to but that lack the one that was looked for.
    private(set) var otherMethods: Set<HTTPRequest.Method> = []

    init(
        path: UnsafeRawBufferPointer, parts: UnsafeBufferPointer<Range<Int>>, nodes: UnsafeBufferPointer<RouteTree.Node>,
        literals: UnsafeBufferPointer<RouteTree.Literal>, text: UnsafeRawBufferPointer, entries: UnsafeBufferPointer<RouteTree.Entry>
    ) {
        self.path = path
        self.parts = parts
        self.nodes = nodes
        self.literals = literals
        self.text = text
        self.entries = entries
    }

    /// The parts of the path as text.
    var components: [String] { parts.map { String(decoding: path[$0], as: UTF8.self) } }

    /// The number of the route that answers a method; a literal is preferred to a parameter, and that to a rest.
    mutating func route(_ method: HTTPRequest.Method, at node: Int = 0, depth: Int = 0) -> Int? {
        guard depth < parts.count else { return entry(method, of: node) }
        if let next = literal(parts[depth], of: node), let found = route(method, at: next, depth: depth + 1) { return found }
        let (parameter, rest) = (nodes[node].parameter, nodes[node].rest)
        if parameter >= 0 {
            values.append(String(decoding: UnsafeRawBufferPointer(rebasing: path[parts[depth]]), as: UTF8.self))
            if let found = route(method, at: parameter, depth: depth + 1) { return found }
            values.removeLast()
        }
        guard rest >= 0 else { return nil }
        values.append(components[depth...].joined(separator: "/"))
        if let found = entry(method, of: rest) { return found }
        values.removeLast()
        return nil
    }

    private func literal(_ part: Range<Int>, of node: Int) -> Int? {
        var next = nodes[node].firstLiteral
        while next >= 0 {
            let literal = literals[next]
            if literal.textSize == part.count, path.equals(part, text, at: literal.textStart) { return literal.node }
            next = literal.next
        }
        return nil
    }

    private mutating func entry(_ method: HTTPRequest.Method, of node: Int) -> Int? {
        if let found = firstEntry(method, of: node) ?? (method == .head ? firstEntry(.get, of: node) : nil) { return found }
        var next = nodes[node].firstRoute
        while next >= 0 {
            otherMethods.insert(entries[next].method)
            next = entries[next].next
        }
        return nil
    }

    private func firstEntry(_ method: HTTPRequest.Method, of node: Int) -> Int? {
        var next = nodes[node].firstRoute
        while next >= 0 {
            if entries[next].method == method { return entries[next].route }
            next = entries[next].next
        }
        return nil
    }
}
