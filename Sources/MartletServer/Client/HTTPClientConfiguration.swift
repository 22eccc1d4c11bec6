/// What a client takes on.
package struct HTTPClientConfiguration: Sendable {
    /// Connections kept open together; a request beyond that waits for one.
    package var connectionCountMax = 8
    /// Requests that wait for a connection; one more is refused with `overloaded`.
    package var waiterCountMax = 1_024
    /// The largest body of an answer, in bytes; a larger one is refused with `limitExceeded`.
    package var responseSizeMaxBytes = 64 << 20
    /// How long it may take to connect.
    package var connectTimeout: Duration = .seconds(5)
    /// How long a request may wait for a connection, and again how long its answer may take.
    package var requestTimeout: Duration = .seconds(60)

    /// Whom to trust where the server's address begins with `https`; what the system's roots vouch for where it is `nil`.
    package var tls: ClientTLS?

    /// What people are told to do where nothing listens.
    package var startWords = "start it with 'martlet up'"

    /// The defaults.
    package init() {}
}
