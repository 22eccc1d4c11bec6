package import MartletCore
package import NIOCore
import NIOSSL
import Synchronization

/// The certificate of a server's ports, read again when its files change.
///
/// All ports of a process may share one. Connections keep the certificate that they began with.
package final class ServerTLS: Sendable {
    /// What happens, for those who watch.
    package enum Event: Sendable, Equatable {
        /// A certificate is in use from now on.
        case loaded(validUntil: Timestamp)
        /// Something is dubious.
        case warned(String)
        /// The files have changed and are not right; what was read before stays in use.
        case refused(String)
    }

    /// What is spoken inside.
    package enum Application: Sendable {
        case http, grpc
    }

    private struct Contexts {
        let http: NIOSSLContext
        let grpc: NIOSSLContext
        let identity: TLSIdentity

        init(_ identity: TLSIdentity) throws(MartletError) {
            http = try identity.context(protocol: "http/1.1")
            grpc = try identity.context(protocol: "h2")
            self.identity = identity
        }
    }

    /// What was seen of the files.
    private struct Look {
        /// That of the certificate in use.
        var revision: TLSFiles.Revision
        /// Why another is not in use. It is read again, as the reason may pass.
        var refusal: Refusal?
        var isExpiryTold: Bool

        struct Refusal: Equatable {
            let revision: TLSFiles.Revision
            let reason: String
        }
    }

    /// The files.
    package let files: TLSFiles
    private let pollInterval: Duration
    private let clock: @Sendable () -> Timestamp
    private let report: @Sendable (Event) -> Void
    private let read: @Sendable (TLSFiles) throws(MartletError) -> TLSIdentity
    private let contexts: Mutex<Contexts>
    /// Held while files are read, which new connections do not wait for.
    private let look: Mutex<Look>
    private let failures = Atomic<Int>(0)

    /// Reads the files.
    /// - Parameters:
    ///   - pollInterval: how often they are looked at afterwards.
    ///   - report: is told of the first certificate too.
    /// - Throws: `invalidInput` where they are not a certificate and its key.
    package convenience init(
        _ files: TLSFiles, pollInterval: Duration = .seconds(10), report: @escaping @Sendable (Event) -> Void
    ) throws(MartletError) {
        try self.init(files, pollInterval: pollInterval, clock: { .now }, read: TLSIdentity.init(reading:), report: report)
    }

    /// The same, with another clock and other eyes.
    init(
        _ files: TLSFiles, pollInterval: Duration, clock: @escaping @Sendable () -> Timestamp,
        read: @escaping @Sendable (TLSFiles) throws(MartletError) -> TLSIdentity, report: @escaping @Sendable (Event) -> Void
    ) throws(MartletError) {
        self.files = files
        self.pollInterval = pollInterval
        self.clock = clock
        self.report = report
        self.read = read
        let revision = TLSFiles.Revision(files)
        let identity = try read(files)
        contexts = Mutex(try Contexts(identity))
        look = Mutex(Look(revision: revision, isExpiryTold: false))
        look.withLock { tell(identity, &$0) }
    }

    /// Until when the certificate in use holds.
    package var validUntil: Timestamp { contexts.withLock { $0.identity.validUntil } }

    /// How many handshakes failed, on all ports.
    package var failureCount: Int { failures.load(ordering: .relaxed) }

    /// Reads the files again where they are not those of the certificate in use, and warns once when that expires.
    package func refresh() {
        look.withLock { look in
            let revision = TLSFiles.Revision(files)
            if revision != look.revision { take(revision, &look) }
            guard !look.isExpiryTold, let warning = contexts.withLock({ $0.identity }).expiry(at: clock()) else { return }
            look.isExpiryTold = true
            report(.warned(warning))
        }
    }

    private func take(_ revision: TLSFiles.Revision, _ look: inout Look) {
        do throws(MartletError) {
            let identity = try read(files)
            let renewed = try Contexts(identity)
            contexts.withLock { $0 = renewed }
            (look.revision, look.refusal) = (revision, nil)
            tell(identity, &look)
        } catch {
            let refusal = Look.Refusal(revision: revision, reason: error.message)
            guard look.refusal != refusal else { return }
            look.refusal = refusal
            report(.refused(error.message))
        }
    }

    /// Follows the files until cancelled.
    func watch() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: pollInterval)  // cancelled: the loop ends
            refresh()
        }
    }

    private func tell(_ identity: TLSIdentity, _ look: inout Look) {
        let now = clock()
        look.isExpiryTold = identity.expiry(at: now) != nil
        report(.loaded(validUntil: identity.validUntil))
        for warning in identity.warnings(at: now) { report(.warned(warning)) }
    }

    // MARK: Connections

    /// Adds what decrypts a connection that was accepted, before all its other handlers. To be called on its event loop.
    /// - Parameter timeout: how long the handshake may take.
    package func addHandlers(to channel: any Channel, for application: Application, timeout: Duration) throws {
        let context = contexts.withLock { application == .http ? $0.http : $0.grpc }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: context))
        try pipeline.addHandler(PieceWriter())
        try pipeline.addHandler(
            HandshakeHandler(timeout: TimeAmount(timeout)) { [self] result in
                if case .failure = result { failures.add(1, ordering: .relaxed) }
            })
    }

    /// Adds the metrics of all ports that share this.
    package func observe(in metrics: MetricsRegistry) {
        metrics.observe("martlet_tls_handshakes_failed_total", .counter, help: "TLS handshakes that failed or took too long.") {
            Double(self.failureCount)
        }
        metrics.observe(
            "martlet_tls_certificate_valid_until_seconds", .gauge, help: "When the certificate in use expires, in seconds since 1970."
        ) { Double(self.validUntil.microseconds) / 1e6 }
    }
}
