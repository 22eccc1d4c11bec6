import MartletTesting

@testable import MartletServer

/// A server with a certificate, and those who made it and ask it.
struct TLSServer {
    let running: RunningHTTPServer
    let tls: ServerTLS
    let authority: CertificateAuthority
    let events: Gathering<ServerTLS.Event>
    let metrics: MetricsRegistry

    /// Lends a server on a free port of this machine.
    static func with(
        _ router: Router = echoRouter(), pollInterval: Duration = .seconds(3_600),
        configure: (inout HTTPServerConfiguration) -> Void = { _ in }, _ body: (TLSServer) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let authority = try await CertificateAuthority(in: folder)
            let issued = try await authority.issue()
            let events = Gathering<ServerTLS.Event>()
            let tls = try ServerTLS(TLSFiles(certificate: issued.certificate, key: issued.key), pollInterval: pollInterval) {
                events.add($0)
            }
            let metrics = MetricsRegistry()
            try await withTestServer(router, metrics: metrics) {
                $0.tls = tls
                configure(&$0)
            } _: {
                try await body(TLSServer(running: $0, tls: tls, authority: authority, events: events, metrics: metrics))
            }
        }
    }

    /// A client that trusts a file of roots; that of the server's authority where none is named.
    func client(trusting roots: String? = nil) throws -> HTTPClient {
        var configuration = HTTPClientConfiguration()
        configuration.tls = try ClientTLS(rootsFile: roots ?? authority.root)
        return HTTPClient(running.address, configuration: configuration)
    }
}
