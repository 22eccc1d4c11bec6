/// Where a server listens: a host and a port.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an IPv4 or IPv6 address, without brackets.
    package let host: String
    /// The port, from 0 to 65535; 0 asks for any free one.
    package let port: Int

    /// Makes an address.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// `host:port`, with brackets around an IPv6 address, as `Host` fields have it.
    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// `http://host:port`.
    package var description: String { "http://\(authority)" }
}
