import Glibc
import MartletCore
import MartletServer
import NIOCore
import NIOPosix
import Testing

struct HTTPClientTests {
    @Test func `a client where nothing listens is told the next step`() async throws {
        try await withDeafAddress { address in
            await #expect { try await HTTPClient(address).send(.get, "/") } throws: { error in
                guard let error = error as? MartletError, error.code == .unavailable else { return false }
                return error.message == "nothing listens at \(address); start it with 'martlet up'"
            }
            var configuration = HTTPClientConfiguration()
            configuration.startWords = "start Ray there"
            await #expect { try await HTTPClient(address, configuration: configuration).send(.get, "/") } throws: { error in
                (error as? MartletError)?.message == "nothing listens at \(address); start Ray there"
            }
        }
    }

    /// Runs a body with an address that is taken, so that no other test gets it, and where nothing listens.
    private func withDeafAddress(_ body: (ServerAddress) async throws -> Void) async throws {
        let holder = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(holder) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(holder, $0, size) == 0 && getsockname(holder, $0, &size) == 0 }
        }
        try #require(isBound)
        try await body(ServerAddress(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port))))
    }

    @Test func `requests after one another share a connection`() async throws {
        let metrics = MetricsRegistry()
        try await withTestServer(echoRouter(), metrics: metrics) { server in
            try await HTTPClient.withClient(server.address) { client in
                for number in 0..<5 {
                    let response = try await client.send(.get, "/echo/\(number)")
                    #expect(response.body == Array("\(number)".utf8))
                }
                #expect(metrics.exposition().contains("\nmartlet_http_connections 1\n"))
            }
        }
    }

    @Test func `requests at once share a bounded number of connections`() async throws {
        let metrics = MetricsRegistry()
        var configuration = HTTPClientConfiguration()
        configuration.connectionCountMax = 3
        let limits = configuration
        try await withTestServer(echoRouter(), metrics: metrics, configure: { $0.connectionCountMax = 3 }) { server in
            try await HTTPClient.withClient(server.address, configuration: limits) { client in
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<100 { group.addTask { try await client.send(.post, "/echo", body: [1]).status } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses == Array(repeating: 200, count: 100))
            }
        }
    }

    @Test func `a request beyond those that may wait is refused`() async throws {
        let (latch, started) = (Latch(), Latch())
        var configuration = HTTPClientConfiguration()
        configuration.connectionCountMax = 1
        configuration.waiterCountMax = 0
        let limits = configuration
        try await withTestServer(waitingRouter(latch, started)) { server in
            try await HTTPClient.withClient(server.address, configuration: limits) { client in
                async let first = client.send(.get, "/wait")
                try await started.wait()
                await #expect { try await client.send(.get, "/wait") } throws: { error in
                    (error as? MartletError)?.code == .overloaded
                }
                latch.open()
                #expect(try await first.status == 200)
            }
        }
    }

    @Test func `a request that waits too long for a connection is refused`() async throws {
        let started = Latch()
        var configuration = HTTPClientConfiguration()
        configuration.connectionCountMax = 1
        configuration.requestTimeout = .milliseconds(50)
        let limits = configuration
        try await withTestServer(waitingRouter(Latch(), started)) { server in
            try await HTTPClient.withClient(server.address, configuration: limits) { client in
                let codes = await withTaskGroup(of: MartletError.Code?.self) { group in
                    for _ in 0..<2 { group.addTask { await code { try await client.send(.get, "/wait") } } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes == [.unavailable, .unavailable])
            }
        }
    }

    @Test func `an answer that takes too long is refused`() async throws {
        var configuration = HTTPClientConfiguration()
        configuration.requestTimeout = .milliseconds(50)
        let limits = configuration
        try await withTestServer(waitingRouter(Latch(), Latch())) { server in
            try await HTTPClient.withClient(server.address, configuration: limits) { client in
                #expect(await code { try await client.send(.get, "/wait") } == .unavailable)
            }
        }
    }

    @Test(arguments: [(4, nil), (5, MartletError.Code.limitExceeded)])
    func `an answer is taken up to the limit`(size: Int, expected: MartletError.Code?) async throws {
        var configuration = HTTPClientConfiguration()
        configuration.responseSizeMaxBytes = 4
        let limits = configuration
        try await withTestServer(echoRouter()) { server in
            try await HTTPClient.withClient(server.address, configuration: limits) { client in
                let body = [UInt8](repeating: 1, count: size)
                #expect(await code { try await client.send(.post, "/echo", body: body) } == expected)
            }
        }
    }

    @Test func `an idempotent request outlives a kept connection that the server closed`() async throws {
        try await withForgetfulServer { address in
            try await HTTPClient.withClient(address) { client in
                for _ in 0..<3 {
                    let response = try await client.send(.get, "/")
                    #expect(response.status == 204)
                }
            }
        }
    }

    @Test func `another request on a kept connection that the server closed is not sent twice`() async throws {
        try await withForgetfulServer { address in
            try await HTTPClient.withClient(address) { client in
                let response = try await client.send(.post, "/")
                #expect(response.status == 204)
                #expect(await code { try await client.send(.post, "/") } == .unavailable)
            }
        }
    }

    @Test func `a cancelled request ends`() async throws {
        let started = Latch()
        try await withTestServer(waitingRouter(Latch(), started)) { server in
            try await HTTPClient.withClient(server.address) { client in
                let request = Task { try await client.send(.get, "/wait") }
                try await started.wait()
                request.cancel()
                await #expect(throws: CancellationError.self) { try await request.value }
            }
        }
    }

    @Test func `a closed client refuses`() async throws {
        try await withTestServer(echoRouter()) { server in
            let client = HTTPClient(server.address)
            client.close()
            #expect(await code { try await client.send(.get, "/echo/a") } == .unavailable)
        }
    }

    @Test(arguments: ["", "echo", "/a b", "/a\r\nb", "/é"])
    func `a target that cannot be written is refused`(target: String) async throws {
        let client = HTTPClient(ServerAddress(host: "127.0.0.1", port: 1))
        #expect(await code { try await client.send(.get, target) } == .invalidInput)
    }

    @Test func `a header that cannot be written is refused`() async throws {
        let client = HTTPClient(ServerAddress(host: "127.0.0.1", port: 1))
        #expect(await code { try await client.send(.get, "/", headers: ["a": "b\r\nc"]) } == .invalidInput)
    }

    @Test func `an answer to HEAD leaves the connection usable`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await HTTPClient.withClient(server.address) { client in
                let head = try await client.send(.head, "/echo/hello")
                #expect(head.headers["content-length"] == "5")
                let next = try await client.send(.get, "/echo/a")
                #expect(next.body == Array("a".utf8))
            }
        }
    }

    private func waitingRouter(_ latch: Latch, _ started: Latch) -> Router {
        var router = Router()
        router.on(.get, "/wait") { _, _ in
            started.open()
            try await latch.wait()
            return .text(200, "waited")
        }
        return router
    }

    private func code(_ body: () async throws -> HTTPResponse) async -> MartletError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? MartletError)?.code
        }
    }
}

/// A server that answers the first request of a connection, and closes it without an answer on the second.
private func withForgetfulServer(_ body: (ServerAddress) async throws -> Void) async throws {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(ForgetfulHandler())
            }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    do {
        try await body(ServerAddress(host: "127.0.0.1", port: try #require(listener.localAddress?.port)))
        try await listener.close()
    } catch {
        try await listener.close()
        throw error
    }
}

private final class ForgetfulHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var hasAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return context.close(promise: nil) }
        hasAnswered = true
        let answer = ByteBuffer(staticString: "HTTP/1.1 204 No Content\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }
}
