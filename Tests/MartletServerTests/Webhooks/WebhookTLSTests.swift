import MartletCore
import MartletRegistry
import MartletTesting
import Testing

@testable import MartletServer

struct WebhookTLSTests {
    private static func sender(trusting roots: String, allowsPrivate: Bool = true) -> HTTPWebhookSender {
        var options = WebhookOptions(environment: ["SSL_CERT_FILE": roots])
        options.allowsPrivateAddresses = allowsPrivate
        return HTTPWebhookSender(gate: WebhookGate(options))
    }

    private static func request(_ host: String, _ server: TLSServer) -> WebhookRequest {
        WebhookRequest(url: "https://\(host):\(server.running.address.port)/echo", headers: [], body: Array("hello".utf8))
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a webhook is told by TLS, by name or address`(host: String) async throws {
        try await TLSServer.with { server in
            let sender = Self.sender(trusting: server.authority.root)
            for _ in 0..<2 {
                let answer = try await sender.send(Self.request(host, server))
                #expect(answer == WebhookAnswer(status: 200, body: "hello"))
            }
        }
    }

    @Test func `a webhook with another's certificate is told nothing, and not asked again`() async throws {
        let calls = Tally()
        try await TLSServer.with(echoRouter(calls: calls)) { server in
            let other = try await CertificateAuthority(in: "\(server.authority.root).other")
            let distrust = await #expect(throws: MartletError.self) {
                try await Self.sender(trusting: other.root).send(Self.request("localhost", server))
            }
            _ = try await server.authority.issue(for: "DNS:other.example")
            server.tls.refresh()
            let misnamed = await #expect(throws: MartletError.self) {
                try await Self.sender(trusting: server.authority.root).send(Self.request("localhost", server))
            }
            #expect((distrust?.code, misnamed?.code) == (.invalidInput, .invalidInput))
            #expect(misnamed?.message.hasSuffix("its certificate is for other names") == true)
            #expect(calls.count == 0)
        }
    }

    @Test func `a webhook on this machine is not told unless that is allowed`() async throws {
        try await TLSServer.with { server in
            let sender = Self.sender(trusting: server.authority.root, allowsPrivate: false)
            await #expect(throws: TrackingFault.self) { try await sender.send(Self.request("localhost", server)) }
        }
    }

    @Test func `roots that are not there, and a server without TLS, are told of`() async throws {
        try await withTestServer(echoRouter()) { server in
            let url = "https://127.0.0.1:\(server.address.port)/echo"
            let request = WebhookRequest(url: url, headers: [], body: [])
            let rootless = await #expect(throws: MartletError.self) { try await Self.sender(trusting: "/none").send(request) }
            #expect(rootless?.message.hasPrefix("SSL_CERT_FILE '/none' has no root certificates") == true)
            try await withTemporaryFolder { folder in
                let authority = try await CertificateAuthority(in: folder)
                let plain = await #expect(throws: MartletError.self) { try await Self.sender(trusting: authority.root).send(request) }
                #expect(plain?.message.contains("wrong version number") == true)
                #expect(plain?.code == .unavailable)
            }
        }
    }
}
