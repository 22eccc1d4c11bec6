/// How tracking is served, beside a project or alone.
package struct TrackingConfiguration: Sendable {
    package var address: ServerAddress
    /// The certificate, where it is to speak HTTPS.
    package var tls: ServerTLS?
    /// What clients may call it, beside this machine, private addresses and the address itself.
    package var allowedHosts: [String] = []
    /// Whether everybody is let in while there are no users although others than this machine can reach the address.
    package var isOpen = false
    /// The URL of a PostgreSQL database; a file of the home's where it is `nil` or empty. A project's own is used where there is one.
    package var database: String?
    /// Where artifacts have their bytes, as `s3://bucket/prefix`; in the home where it is `nil` or empty, and always beside a project.
    package var artifacts: String?
    /// Of the largest artifact that is taken.
    package var artifactSizeMaxBytes = 64 << 30
    package var gracePeriod = Duration.seconds(10)

    /// The usual configuration.
    package init(address: ServerAddress) { self.address = address }

    /// Whether nobody is let in while there are no users.
    var requiresAccess: Bool { !isOpen && !address.isLoopback }

    /// What clients may call it.
    var hosts: AllowedHosts { AllowedHosts([address.host] + allowedHosts) }

    /// How its HTTP is served. - Parameter port: another one on the same host.
    func http(port: Int? = nil) -> HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration()
        configuration.address = port.map { ServerAddress(host: address.host, port: $0) } ?? address
        configuration.tls = tls
        configuration.gracePeriod = gracePeriod
        return configuration
    }
}
