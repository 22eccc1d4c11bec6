#if GRPC
import GRPCCore
import GRPCNIOTransportHTTP2TransportServices
import MartletCore
package import MartletServer

/// The Open Inference Protocol over gRPC, as Triton speaks it.
///
/// ```swift
/// let server = GRPCServer(address: ServerAddress(host: "127.0.0.1", port: 8001))
/// try await server.serve(fronts) { running in
///     print(running.address)
///     await stopSignal()
/// }
/// ```
/// A call whose client goes away, or whose deadline passes, leaves the queue; a model that
/// runs is not interrupted. A stream that its client leaves open is cut off when the grace period ends.
package struct GRPCServer: CompanionServer {
    package var scheme: String { configuration.tls == nil ? "grpc" : "grpcs" }
    private let address: ServerAddress
    private let configuration: GRPCServerConfiguration

    /// Makes a server; nothing listens yet.
    /// - Parameter address: where to listen; port 0 takes any free one.
    package init(address: ServerAddress, configuration: GRPCServerConfiguration = GRPCServerConfiguration()) {
        self.address = address
        self.configuration = configuration
    }

    package func serve(_ fronts: ModelFronts, while body: (RunningCompanion) async throws -> Void) async throws -> Int {
        guard (0...65_535).contains(address.port) else {
            throw MartletError(.invalidInput, "port \(address.port): expected 0 to 65535; choose another")
        }
        let life = ServerLife(callCountMax: configuration.callCountMax)
        let transport = HTTP2ServerTransport.Custom(listenerFactory: listener, config: transportConfiguration)
        let server = GRPCCore.GRPCServer(transport: transport, services: services(fronts, life))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.serve(server) }
            guard let bound = await transport.listeningAddress else {
                try await group.next()
                throw MartletError(.unavailable, "the server on \(address.authority) stopped before it listened; start it again")
            }
            let running = RunningCompanion(address: ServerAddress(host: address.host, port: bound.port ?? address.port)) {
                life.beginDraining()
                server.beginGracefulShutdown()
            }
            let outcome = await Result { try await body(running) }
            running.beginDraining()
            let end = life.beginDraining() + configuration.gracePeriod
            group.addTask { try await Task.sleep(until: end, clock: .continuous) }
            // Whichever ends first: the last call or the grace period. A listener that failed meanwhile has nothing more to drain.
            _ = await group.nextResult()
            let callsCut = life.callCount
            group.cancelAll()
            try outcome.get()
            return callsCut
        }
    }

    private func services(_ fronts: ModelFronts, _ life: ServerLife) -> [any RegistrableRPCService] {
        [
            InferenceService(fronts: fronts, configuration: configuration, life: life), UnsupportedCalls(),
            HealthService(repository: fronts.repository, life: life),
        ]
    }

    /// Serves until it is told to stop; what the listener could not do is thrown as it was.
    private static func serve(_ server: GRPCCore.GRPCServer<some ServerTransport>) async throws {
        do {
            try await server.serve()
        } catch let error as RuntimeError {
            throw error.cause ?? error
        }
    }

    private var listener: ConnectionListener {
        ConnectionListener(address: address, configuration: configuration)
    }

    private var transportConfiguration: HTTP2ServerTransport.Custom<ConnectionListener>.Config {
        var transport = HTTP2ServerTransport.Custom<ConnectionListener>.Config.defaults
        transport.compression.enabledAlgorithms = [.gzip, .deflate]
        transport.rpc.maxRequestPayloadSize = configuration.messageSizeMaxBytes
        transport.http2.targetWindowSize = configuration.windowSizeBytes
        transport.http2.maxConcurrentStreams = configuration.connectionCallCountMax
        transport.connection.maxIdleTime = configuration.idleTimeout
        transport.connection.keepalive.time = configuration.keepaliveInterval
        transport.connection.keepalive.timeout = configuration.keepaliveTimeout
        transport.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = configuration.clientPingIntervalMin
        transport.connection.keepalive.clientBehavior.allowWithoutCalls = true
        return transport
    }
}

extension SocketAddress {
    fileprivate var port: Int? { ipv4?.port ?? ipv6?.port }
}

extension Result where Failure == any Error {
    /// What an operation returned or threw.
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
#endif
