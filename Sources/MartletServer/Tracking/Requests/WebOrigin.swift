/// The page that made a browser ask, as the header `Origin` names it.
struct WebOrigin {
    private static let ownHosts: Set = ["localhost", "127.0.0.1", "[::1]"]

    private let text: String

    init(_ text: String) { self.text = text }

    /// Whether the page came from this machine.
    var isOwn: Bool {
        guard let scheme = text.firstRange(of: "://") else { return false }
        let authority = text[scheme.upperBound...]
        guard !authority.contains(where: { $0 == "/" || $0 == "@" }) else { return false }
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map(authority.index(after:)) : authority.firstIndex(of: ":")
        let host = authority[..<(end ?? authority.endIndex)]
        let port = authority[host.endIndex...]
        guard port.isEmpty || (port.first == ":" && port.dropFirst().allSatisfy(\.isNumber)) else { return false }
        return Self.ownHosts.contains(host.lowercased())
    }
}
