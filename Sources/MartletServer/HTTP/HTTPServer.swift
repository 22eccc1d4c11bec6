import MartletCore
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#endif

/// An HTTP/1.1 server on all cores.
///
/// ```swift
/// var router = Router()
/// router.on(.get, "/v2/health/live") { _, _ in .json(200, ["live": true]) }
/// try await HTTPServer(router: router, metrics: registry).withServer { server in
///     print(server.address)
///     await stopSignal()
/// }
/// ```
/// Requests of one connection are answered in order. A handler whose connection goes away, also by closing its sending
/// side only, is cancelled. There is no HTTP/2.
package struct HTTPServer: Sendable {
    private let core: ServerCore

    /// Makes a server; nothing listens yet.
    /// - Parameter report: is told of faults that clients see as `500` without detail.
    package init(
        configuration: HTTPServerConfiguration = HTTPServerConfiguration(), router: Router, metrics: MetricsRegistry,
        report: @escaping @Sendable (HTTPFailure) -> Void = HTTPServer.reportToStandardError
    ) {
        core = ServerCore(configuration: configuration, router: router, metrics: metrics, report: report)
        configuration.tls?.observe(in: metrics)
    }

    /// Writes a failure to the standard error, as one line.
    package static let reportToStandardError: @Sendable (HTTPFailure) -> Void = { failure in
        let line = "\(failure)".replacing("\n", with: " ") + "\n"
        // What cannot be reported has nowhere else to go.
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Listens for as long as `body` runs, then drains within the configured grace period.
    ///
    /// A server can run once. `body` is not told of a lost listener, which only the operating system could take away.
    /// - Throws: `conflict` where the port is taken, `invalidInput` where the address cannot be listened on, and what
    ///   `body` throws.
    package func withServer<Result>(_ body: (RunningHTTPServer) async throws -> Result) async throws -> Result {
        let server = RunningHTTPServer(core: core, listener: try await listen())
        async let _: Void? = core.configuration.tls?.watch()
        do {
            let result = try await body(server)
            await server.drain(gracePeriod: core.configuration.gracePeriod)
            return result
        } catch {
            await server.drain(gracePeriod: core.configuration.gracePeriod)
            throw error
        }
    }

    /// A connection's read buffer: small for small requests, and soon large enough for a body of some hundred rows.
    private static let readBuffers = AdaptiveRecvByteBufferAllocator(minimum: 4 << 10, initial: 8 << 10, maximum: 128 << 10)

    private func listen() async throws -> any Channel {
        let address = core.configuration.address
        guard (0...65_535).contains(address.port) else {
            throw MartletError(.invalidInput, "port \(address.port): expected 0 to 65535; choose another")
        }
        let bootstrap = ServerBootstrap(group: EventLoops.shared)
            .serverChannelOption(.backlog, value: Int32(clamping: core.configuration.backlogMax))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: Self.readBuffers)
            .childChannelInitializer { [core] channel in
                channel.eventLoop.makeCompletedFuture { try Self.configure(channel, core) }
            }
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            throw Self.refusal(of: error, to: address)
        }
    }

    private static func configure(_ channel: any Channel, _ core: ServerCore) throws {
        let pipeline = channel.pipeline.syncOperations
        switch core.load.admit(channel) {
        case .admitted:
            core.metrics.connections.add(1)
            channel.closeFuture.whenComplete { _ in
                core.metrics.connections.add(-1)
                core.load.closed(channel)
            }
            try addTLS(to: channel, core)
            let remote = channel.remoteAddress?.ipAddress ?? "unknown"
            try pipeline.addHandler(
                HTTPConnectionHandler(core: core, remoteAddress: remote, eventLoop: channel.eventLoop))
        case .refused:
            core.metrics.connectionsRefused.increment()
            channel.closeFuture.whenComplete { _ in core.load.closedRefused() }
            try addTLS(to: channel, core)
            try pipeline.addHandler(RefusedConnectionHandler(core: core))
        case .dropped:
            core.metrics.connectionsRefused.increment()
            channel.close(promise: nil)
        }
    }

    private static func addTLS(to channel: any Channel, _ core: ServerCore) throws {
        try core.configuration.tls?.addHandlers(to: channel, for: .http, timeout: core.configuration.handshakeTimeout)
    }

    private static func refusal(of error: any Error, to address: ServerAddress) -> MartletError {
        let place = "port \(address.port) on '\(address.host)'"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            return MartletError(
                .conflict,
                "\(place) is taken by another program; stop that or choose another port (0 takes any free one)"
            )
        case EACCES:
            return MartletError(.invalidInput, "\(place) may not be listened on by this user; choose a port above 1023")
        case EADDRNOTAVAIL:
            return MartletError(
                .invalidInput, "host '\(address.host)' is not an address of this machine; choose one that is")
        default:
            return MartletError(.invalidInput, "cannot listen on \(place); check host and port", cause: error)
        }
    }
}
