/// Where a server listens: a host and a port, and whether it is by TLS.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an IPv4 or IPv6 address, without brackets.
    package let host: String
    /// The port, from 0 to 65535; 0 asks for any free one.
    package let port: Int
    /// `http`, or `https` where connections are encrypted.
    package let scheme: String

    /// Makes an address.
    package init(host: String, port: Int, scheme: String = "http") {
        self.host = host
        self.port = port
        self.scheme = scheme
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// `host:port`, with brackets around an IPv6 address, as `Host` fields have it.
    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// `http://host:port`.
    package var description: String { "\(scheme)://\(authority)" }
}
