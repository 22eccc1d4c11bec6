#if GRPC
package import MartletServer

/// What a gRPC server says of itself, and how much it takes on. A limit that is answered with a status names it.
package struct GRPCServerConfiguration: Sendable {
    /// What the server calls itself.
    package var serverName = "martlet"
    /// The version that it answers with.
    package var serverVersion = ""

    /// The certificate of this port, which then speaks TLS only; `nil` for plain HTTP/2.
    package var tls: ServerTLS?
    /// How long a TLS handshake may take; then the connection is closed.
    package var handshakeTimeout: Duration = .seconds(10)

    /// The largest message that is taken, in bytes. The transport resets the call of a larger one before it has read it, and sends no
    /// status of its own; clients see `CANCELLED`.
    package var messageSizeMaxBytes = 16 << 20
    /// How much one inference request may bring beside that: `INVALID_ARGUMENT`.
    package var requestLimits = InferRequestDecoder.Limits()
    /// Inference requests that run or wait at once: `RESOURCE_EXHAUSTED`.
    package var callCountMax = 1_024
    /// Calls of one connection at once, as the client is told; it holds back further ones.
    package var connectionCallCountMax = 128
    /// Open connections; one more is closed.
    package var connectionCountMax = 1_024
    /// Connections that the kernel holds before they are accepted.
    package var backlogMax = 1_024

    /// How many bytes of a call, and of a connection, a client may send before it is told to go on.
    package var windowSizeBytes = 1 << 20
    /// How long a connection may rest without a call before it is closed.
    package var idleTimeout: Duration = .seconds(3_600)
    /// After how long without a byte a client is asked whether it is still there.
    package var keepaliveInterval: Duration = .seconds(300)
    /// How long it may take to answer that before its connection is closed.
    package var keepaliveTimeout: Duration = .seconds(20)
    /// How often a client may ask the same; one that asks more often is closed.
    package var clientPingIntervalMin: Duration = .seconds(10)
    /// How long running calls may take to finish when the server stops.
    package var gracePeriod: Duration = .seconds(30)

    /// Is told of faults that clients see as `INTERNAL` or `DATA_LOSS` without detail.
    package var report: @Sendable (HTTPFailure) -> Void = HTTPServer.reportToStandardError

    /// The defaults.
    package init() {}
}
#endif
