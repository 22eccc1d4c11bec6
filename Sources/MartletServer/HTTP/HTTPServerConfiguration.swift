/// Where a server listens and how much it takes on. Every limit is answered with the status that it names.
package struct HTTPServerConfiguration: Sendable {
    /// Where to listen; port 0 takes any free one.
    package var address = ServerAddress(host: "127.0.0.1", port: 8080)
    /// The certificate of this port, which then speaks HTTPS only; `nil` for plain HTTP.
    package var tls: ServerTLS?

    /// The largest body, in bytes, where the route sets no other: `413`.
    package var bodySizeMaxBytes = 16 << 20
    /// The bodies of all requests together, in bytes: `503`.
    package var bodiesSizeMaxBytes = 1 << 30
    /// The large answers that clients have yet to take, in bytes together: `503` for the next one. One alone may be larger.
    package var answersSizeMaxBytes = 512 << 20
    /// Request line and header fields of one request, in bytes, and its trailer fields again: `431`.
    package var headerSizeMaxBytes = 80 << 10
    /// Header fields of one request, and its trailer fields again: `431`.
    package var headerCountMax = 256
    /// Answers of text from this size on, in bytes, are compressed for clients that take it.
    package var compressedSizeMinBytes = 32 << 10

    /// Open connections; one more is answered `503` and closed.
    package var connectionCountMax = 1_024
    /// Connections beyond that limit which are still being told so; one more is closed without an answer.
    package var refusedConnectionCountMax = 128
    /// Requests whose handler runs: `503`.
    package var requestsInFlightMax = 1_024
    /// Connections that the kernel holds before they are accepted.
    package var backlogMax = 1_024

    /// How long a connection may rest between requests before it is closed.
    package var idleTimeout: Duration = .seconds(75)
    /// How long a TLS handshake may take; then the connection is closed.
    package var handshakeTimeout: Duration = .seconds(10)
    /// How long a request may take from its first to its last byte: `408`.
    package var readTimeout: Duration = .seconds(30)
    /// How long a handler may take, where the route sets no other: `503`.
    package var requestDeadline: Duration = .seconds(30)
    /// How long a client may take to read an answer before its connection is closed.
    package var writeTimeout: Duration = .seconds(30)
    /// How long the rest of a refused request is read and dropped, so that the client sees the refusal.
    package var lingerTimeout: Duration = .seconds(1)
    /// How long running requests may take to finish when the server stops.
    package var gracePeriod: Duration = .seconds(30)
    /// How long cancelled handlers may take to return after that.
    package var cancellationPeriod: Duration = .seconds(1)

    /// The defaults.
    package init() {}

    var requestLimits: RequestLimits { RequestLimits(headSizeMaxBytes: headerSizeMaxBytes, fieldCountMax: headerCountMax) }
}
