/// Refuses what only web pages would ask that have no business here, in MLflow's words.
struct WebPageGuard: Sendable {
    private static let unsafeMethods: Set<HTTPRequest.Method> = [.post, .put, .delete, .patch]
    /// Whether a server lives and is ready is told to everybody, of tracking and of models.
    private static let openPaths: Set = ["/health", "/version", "/ping", "/v2/health/live", "/v2/health/ready"]

    private let hosts: AllowedHosts

    init(_ hosts: AllowedHosts) { self.hosts = hosts }

    /// Has a router ask this before all else.
    func add(to router: inout Router) { router.refusal = { refusal(of: $0) } }

    /// - Returns: `nil` where the request may go on.
    func refusal(of head: RequestHead) -> HTTPResponse? {
        let host = head.headers["host"]
        if !hosts.allow(host), !Self.openPaths.contains(head.target.path) {
            return Self.refusal("Invalid Host header - possible DNS rebinding attack detected")
        }
        guard Self.unsafeMethods.contains(head.method), let origin = head.headers["origin"], !WebOrigin(origin).isOwn(host: host) else {
            return nil
        }
        return Self.refusal("Cross-origin request blocked")
    }

    private static func refusal(_ text: String) -> HTTPResponse { .bytes(403, Array(text.utf8), contentType: "text/plain") }
}
