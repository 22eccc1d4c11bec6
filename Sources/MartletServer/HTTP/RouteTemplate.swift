/// The shape of the paths that a route answers.
struct RouteTemplate {
    enum Part: Equatable {
        case literal(String)
        case parameter
        case rest
    }

    private(set) var parts: [Part] = []
    private(set) var parameters: [String] = []

    /// Templates are written in the program, so that a malformed one traps.
    init(_ template: String) {
        precondition(template.hasPrefix("/"), "route template '\(template)' must begin with '/'")
        let pieces = template.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for piece in pieces where template != "/" {
            precondition(!piece.isEmpty, "route template '\(template)' has nothing between two slashes")
            precondition(parts.last != .rest, "route template '\(template)' goes on after '{…...}'")
            append(piece)
        }
        precondition(Set(parameters).count == parameters.count, "route template '\(template)' repeats a parameter")
    }

    private mutating func append(_ piece: Substring) {
        guard piece.hasPrefix("{"), piece.hasSuffix("}") else { return parts.append(.literal(String(piece))) }
        let name = piece.dropFirst().dropLast()
        let isRest = name.hasSuffix("...")
        parts.append(isRest ? .rest : .parameter)
        parameters.append(String(isRest ? name.dropLast(3) : name))
    }
}
