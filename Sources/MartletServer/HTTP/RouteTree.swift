import MartletCore

/// The parts of all templates, as a tree whose nodes are linked by number, so that no reference is counted on the way of a request.
struct RouteTree: Sendable {
    /// One place in the tree; `nil` is written as -1.
    struct Node {
        var firstLiteral = -1
        var parameter = -1
        var rest = -1
        var firstRoute = -1
    }

    /// A name that leads from one node to another; the next one of the same node follows by number.
    struct Literal {
        let textStart: Int
        let textSize: Int
        let node: Int
        let next: Int
    }

    struct Entry {
        let method: HTTPRequest.Method
        let route: Int
        let next: Int
    }

    private var nodes = [Node()]
    private var literals: [Literal] = []
    private var text: [UInt8] = []
    private var entries: [Entry] = []

    // MARK: Building

    /// Adds a route. - Returns: whether there was none of this method and shape.
    mutating func insert(_ template: RouteTemplate, _ method: HTTPRequest.Method, route: Int) -> Bool {
        var node = 0
        for part in template.parts {
            node =
                switch part {
                case .literal(let name): literal(Array(name.utf8), of: node)
                case .parameter: child(of: node, at: \.parameter)
                case .rest: child(of: node, at: \.rest)
                }
        }
        guard !methods(at: node).contains(method) else { return false }
        entries.append(Entry(method: method, route: route, next: nodes[node].firstRoute))
        nodes[node].firstRoute = entries.count - 1
        return true
    }

    private func methods(at node: Int) -> Set<HTTPRequest.Method> {
        var methods: Set<HTTPRequest.Method> = []
        var next = nodes[node].firstRoute
        while next >= 0 {
            methods.insert(entries[next].method)
            next = entries[next].next
        }
        return methods
    }

    private mutating func child(of node: Int, at place: WritableKeyPath<Node, Int>) -> Int {
        if nodes[node][keyPath: place] < 0 {
            nodes.append(Node())
            nodes[node][keyPath: place] = nodes.count - 1
        }
        return nodes[node][keyPath: place]
    }

    private mutating func literal(_ name: [UInt8], of node: Int) -> Int {
        if let known = children(of: node).first(where: { Array($0.name.utf8) == name }) { return known.node }
        nodes.append(Node())
        literals.append(
            Literal(textStart: text.count, textSize: name.count, node: nodes.count - 1, next: nodes[node].firstLiteral))
        nodes[node].firstLiteral = literals.count - 1
        text += name
        return nodes.count - 1
    }

    // MARK: Looking up

    /// Lends the tree to those who walk it.
    func withWalk<Result>(
        _ path: UnsafeRawBufferPointer, _ parts: UnsafeBufferPointer<Range<Int>>, _ body: (inout RouteWalk) -> Result
    ) -> Result {
        nodes.withUnsafeBufferPointer { nodes in
            literals.withUnsafeBufferPointer { literals in
                text.withUnsafeBytes { text in
                    entries.withUnsafeBufferPointer { entries in
                        var walk = RouteWalk(path: path, parts: parts, nodes: nodes, literals: literals, text: text, entries: entries)
                        return body(&walk)
                    }
                }
            }
        }
    }

    // MARK: Guessing

    /// Walks as far as the path can be read with a misspelling or two.
    /// - Returns: the smallest number of a route below that; `nil` where not even the first part can be read.
    func nearestRoute(to components: [String]) -> Int? {
        var node = 0
        var steps = 0
        for component in components {
            guard let next = nearestChild(of: node, to: component) else { break }
            node = next
            steps += 1
        }
        return steps == 0 ? nil : firstRoute(under: node)
    }

    private func nearestChild(of node: Int, to component: String) -> Int? {
        let children = children(of: node)
        if let exact = children.first(where: { $0.name == component }) { return exact.node }
        let isShort = component.utf8.count <= 64
        if isShort, let name = nearest(to: component, among: children.map(\.name)) { return children.first { $0.name == name }?.node }
        return [nodes[node].parameter, nodes[node].rest].first { $0 >= 0 }
    }

    private func firstRoute(under node: Int) -> Int? {
        var own = nodes[node].firstRoute
        guard own < 0 else {
            // The list runs from the newest to the oldest.
            while entries[own].next >= 0 { own = entries[own].next }
            return entries[own].route
        }
        let others = children(of: node).map(\.node) + [nodes[node].parameter, nodes[node].rest].filter { $0 >= 0 }
        return others.lazy.compactMap { firstRoute(under: $0) }.first
    }

    /// Where literals lead, by name.
    private func children(of node: Int) -> [(name: String, node: Int)] {
        var children: [(name: String, node: Int)] = []
        var next = nodes[node].firstLiteral
        while next >= 0 {
            let literal = literals[next]
            children.append((String(decoding: text[literal.textStart..<literal.textStart + literal.textSize], as: UTF8.self), literal.node))
            next = literal.next
        }
        return children.sorted { $0.name < $1.name }
    }
}
