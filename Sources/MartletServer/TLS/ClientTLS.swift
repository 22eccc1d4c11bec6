package import MartletCore
import NIOCore
import NIOSSL

/// Whom a client trusts, and how its connections are encrypted.
package final class ClientTLS: Sendable {
    private let context: NIOSSLContext
    /// The only certificate that is trusted, whatever names it is for; without one those that a root vouches for.
    private let pinned: [UInt8]?

    /// Trusts what a root vouches for and what is for the host that is asked.
    /// - Parameter rootsFile: a file of PEM, or a folder as `c_rehash` makes it; those of the system where it is `nil`.
    /// - Throws: `invalidInput` where there are no roots.
    init(rootsFile: String? = nil) throws(MartletError) {
        pinned = nil
        do {
            context = try NIOSSLContext(configuration: Self.configuration(rootsFile.map { .file($0) } ?? .default))
        } catch {
            let place = rootsFile.map { "SSL_CERT_FILE '\($0)' has" } ?? "this system has"
            throw MartletError(
                .invalidInput, "\(place) no root certificates that can be read; install ca-certificates, or name a file in SSL_CERT_FILE")
        }
    }

    /// Trusts the certificate of a file alone, as its own server shows it.
    /// - Throws: `invalidInput` where it cannot be read.
    package init(trustingOnly path: String) throws(MartletError) {
        do {
            pinned = try NIOSSLCertificate.fromPEMBytes(TLSFiles.bytes(of: path, "certificate")).first?.toDERBytes()
            context = try NIOSSLContext(configuration: Self.configuration(.certificates([]), checksName: false))
        } catch let error as MartletError {
            throw error
        } catch {
            throw MartletError(.invalidInput, "a certificate in '\(path)' is damaged (\(TLSReason(error)))")
        }
    }

    private static func configuration(_ roots: NIOSSLTrustRoots, checksName: Bool = true) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = roots
        configuration.certificateVerification = checksName ? .fullVerification : .noHostnameVerification
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .milliseconds(500)
        return configuration
    }

    /// Adds what encrypts a connection, before all its other handlers. To be called on its event loop.
    /// - Parameters:
    ///   - host: a name, or an address without brackets, which the certificate must be for.
    ///   - timeout: how long the handshake may take.
    /// - Returns: when the handshake has ended.
    func addHandlers(to channel: any Channel, host: String, timeout: Duration) throws -> EventLoopFuture<Void> {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(handler(for: host))
        let ended = channel.eventLoop.makePromise(of: Void.self)
        do {
            try pipeline.addHandler(HandshakeHandler(timeout: TimeAmount(timeout)) { ended.completeWith($0) })
        } catch {
            ended.fail(error)
            throw error
        }
        return ended.futureResult
    }

    private func handler(for host: String) throws -> NIOSSLClientHandler {
        // Addresses are no names to ask for; they are compared with those of the certificate.
        let name = IPAddress(host) == nil ? host : nil
        guard let pinned else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(
            context: context, serverHostname: nil,
            customVerificationCallback: { certificates, promise in
                // What cannot be written as DER is not the certificate.
                promise.succeed((try? certificates.first?.toDERBytes()) == pinned ? .certificateVerified : .failed)
            })
    }
}
