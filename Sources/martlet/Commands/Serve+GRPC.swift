import MartletCore
import MartletPlatform
import MartletServer

#if GRPC
import MartletGRPC
#endif

extension Serve {
    /// What answers over gRPC, where that was asked for.
    /// - Parameter tls: the certificate, where it is to be encrypted.
    /// - Throws: `unavailable` where this program was built without it.
    func companion(_ tls: ServerTLS?) throws -> (any CompanionServer)? {
        guard let grpcPort else { return nil }
        #if GRPC
        var configuration = GRPCServerConfiguration()
        configuration.serverVersion = Platform.version
        configuration.tls = tls
        configuration.gracePeriod = .seconds(grace)
        return GRPCServer(address: ServerAddress(host: host, port: grpcPort), configuration: configuration)
        #else
        throw MartletError(
            .unavailable,
            "--grpc-port \(grpcPort): this martlet was built without gRPC; leave the option out, or build one with it: "
                + "swift build -c release --traits GRPC --product martlet")
        #endif
    }
}
