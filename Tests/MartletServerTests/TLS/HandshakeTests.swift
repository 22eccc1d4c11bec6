import MartletCore
import MartletTesting
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import MartletServer

struct HandshakeTests {
    private let request = "GET /echo/a HTTP/1.1\r\nHost: a\r\n\r\n"

    private func failures(_ server: TLSServer) -> Bool {
        server.metrics.exposition().contains("\nmartlet_tls_handshakes_failed_total 1\n")
    }

    @Test func `plain HTTP is not answered, is counted, and ends nothing else`() async throws {
        try await TLSServer.with { server in
            try await RawConnection.with(server.running.address) { client in
                try await client.send(request)
                let answer = await client.remainder()
                #expect(!answer.contains("HTTP"))
            }
            #expect(failures(server))
            let client = try server.client()
            #expect(try await client.send(.get, "/echo/a").status == 200)
        }
    }

    @Test func `a client that goes away amid the handshake is counted`() async throws {
        try await TLSServer.with { server in
            let client = try await RawConnection.open(server.running.address)
            try await client.send([0x16, 0x03, 0x01])
            await client.close()
            try await waitUntil("it is counted") { failures(server) }
        }
    }

    @Test func `a client that does not go on is closed in time`() async throws {
        try await TLSServer.with(configure: { $0.handshakeTimeout = .milliseconds(10) }) { server in
            try await RawConnection.with(server.running.address) { client in
                let answer = await client.remainder()
                #expect(answer.isEmpty)
                #expect(failures(server))
            }
        }
    }

    @Test func `a client that has not begun does not hold up the end, and is no failure`() async throws {
        try await TLSServer.with { server in
            let client = try await RawConnection.open(server.running.address)
            try await waitUntil("it is connected") { server.metrics.exposition().contains("\nmartlet_http_connections 1\n") }
            let drained = await server.running.drain(gracePeriod: .seconds(300))
            #expect(drained == RunningHTTPServer.Drained())
            #expect(server.tls.failureCount == 0)
            await client.close()
        }
    }

    @Test(arguments: [(TLSVersion.tlsv11, nil), (.tlsv12, "http/1.1"), (.tlsv13, "http/1.1")] as [(TLSVersion, String?)])
    func `TLS 1.2 and newer are spoken, and HTTP 1 is chosen`(version: TLSVersion, expected: String?) async throws {
        try await TLSServer.with { server in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(server.authority.root)
            configuration.maximumTLSVersion = version
            configuration.applicationProtocols = ["h2", "http/1.1"]
            let context = try NIOSSLContext(configuration: configuration)
            let done = EventLoops.shared.any().makePromise(of: String?.self)
            let channel = try await ClientBootstrap(group: EventLoops.shared)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                        try pipeline.addHandler(ALPNHandler(done))
                    }
                }
                .connect(host: server.running.address.host, port: server.running.address.port).get()
            let chosen = try await done.futureResult.get()
            #expect(chosen == expected)
            try? await channel.close()  // the server may have closed it
        }
    }
}
