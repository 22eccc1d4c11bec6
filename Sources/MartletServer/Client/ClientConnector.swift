import NIOCore
import NIOHTTP1
import NIOPosix

/// Opens connections that carry one exchange at a time.
struct ClientConnector: Sendable {
    let configuration: HTTPClientConfiguration
    /// Encrypts them; `nil` for plain HTTP.
    let tls: ClientTLS?
    /// The name, or the address without brackets, that a certificate must be for.
    let host: String

    /// Connects, and ends the handshake of TLS.
    /// - Throws: `ClientFault`.
    func connect(to address: ServerAddress) async throws -> any Channel {
        try await connect { try await $0.connect(host: address.host, port: address.port, channelInitializer: $1) }
    }

    /// The same, to an address that was found before.
    func connect(to address: SocketAddress) async throws -> any Channel {
        try await connect { try await $0.connect(to: address, channelInitializer: $1) }
    }

    private typealias Opened = (channel: any Channel, handshake: EventLoopFuture<Void>?)

    private func connect(
        _ open: (ClientBootstrap, @escaping @Sendable (any Channel) -> EventLoopFuture<Opened>) async throws -> Opened
    ) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: EventLoops.shared)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let opened: Opened
        do {
            opened = try await open(bootstrap) { channel in
                channel.eventLoop.makeCompletedFuture { (channel, try addHandlers(to: channel)) }
            }
        } catch {
            throw ClientFault.notConnected(error)
        }
        do {
            try await opened.handshake?.get()
            return opened.channel
        } catch {
            opened.channel.close(promise: nil)
            throw ClientFault.notEncrypted(error)
        }
    }

    /// - Returns: when the handshake has ended; `nil` where there is none.
    private func addHandlers(to channel: any Channel) throws -> EventLoopFuture<Void>? {
        let pipeline = channel.pipeline.syncOperations
        let handshake = try tls?.addHandlers(to: channel, host: host, timeout: configuration.connectTimeout)
        try pipeline.addHandler(HTTPRequestEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder()))
        try pipeline.addHandler(ClientConnectionHandler(configuration: configuration))
        return handshake
    }
}
