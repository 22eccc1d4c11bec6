#if GRPC
import GRPCNIOTransportHTTP2TransportServices
import MartletCore
import MartletServer
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#endif

/// Listens for gRPC connections, by TLS where there is a certificate, and closes those beyond a number.
///
/// gRPC's own listener knows no limit of connections, and no certificate that is shared with HTTP.
struct ConnectionListener: HTTP2ServerTransport.ListenerFactory {
    let address: ServerAddress
    let configuration: GRPCServerConfiguration

    var eventLoopGroup: any EventLoopGroup { EventLoops.shared }

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        let bootstrap = ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlogMax))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .serverChannelInitializer { [connectionCountMax = configuration.connectionCountMax] channel in
                listenerConfigurator.configure(channel: channel).flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(ConnectionGate(connectionCountMax: connectionCountMax))
                }
            }
        do {
            return try await bootstrap.bind(host: address.host, port: address.port) { channel in
                guard let tls = configuration.tls else { return connectionConfigurator.configure(channel: channel, tls: .none) }
                let timeout = configuration.handshakeTimeout
                return channel.eventLoop.makeCompletedFuture { try tls.addHandlers(to: channel, for: .grpc, timeout: timeout) }
                    .flatMap { connectionConfigurator.configure(channel: channel, tls: .configured(requireALPN: true)) }
            }
        } catch {
            throw refusal(of: error)
        }
    }

    private func refusal(of error: any Error) -> MartletError {
        let place = "port \(address.port) on '\(address.host)'"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            return MartletError(.conflict, "\(place) is taken by another program; stop that or choose another port (0 takes any free one)")
        case EACCES:
            return MartletError(.invalidInput, "\(place) may not be listened on by this user; choose a port above 1023")
        case EADDRNOTAVAIL:
            return MartletError(.invalidInput, "host '\(address.host)' is not an address of this machine; choose one that is")
        default:
            return MartletError(.invalidInput, "cannot listen on \(place); check host and port", cause: error)
        }
    }
}
#endif
