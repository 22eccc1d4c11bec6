/// The page that made a browser ask, as the header `Origin` names it.
struct WebOrigin {
    private static let ownHosts: Set = ["localhost", "127.0.0.1", "[::1]"]

    private let text: String

    init(_ text: String) { self.text = text }

    /// Whether the page came from this machine, or from the server itself.
    /// - Parameter host: what the client calls the server, as the header `Host` has it.
    func isOwn(host: String? = nil) -> Bool {
        guard let scheme = text.firstRange(of: "://"), let authority = HostField(String(text[scheme.upperBound...])) else { return false }
        return Self.ownHosts.contains(authority.host) || (host != nil && authority.text == host?.lowercased())
    }
}
