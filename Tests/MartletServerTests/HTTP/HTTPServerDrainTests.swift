import MartletCore
import MartletServer
import Testing

struct HTTPServerDrainTests {
    private func router(_ latch: Latch, started: Latch) -> Router {
        var router = echoRouter()
        router.on(.get, "/wait") { _, _ in
            started.open()
            try await latch.wait()
            return .text(200, "waited")
        }
        return router
    }

    private let wait = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `a running request finishes as the last of its connection`() async throws {
        let (latch, started) = (Latch(), Latch())
        try await withTestServer(router(latch, started: started)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(wait)
                try await started.wait()
                async let drained = server.drain(gracePeriod: .seconds(300))
                try await untilNotReady(server)
                latch.open()
                let response = try await client.response()
                #expect(response.body == "waited")
                #expect(response.headers["connection"] == "close")
                #expect(await drained == RunningHTTPServer.Drained())
            }
        }
    }

    @Test func `none of many running requests fails`() async throws {
        let (latch, started, count) = (Latch(), Latch(), Tally())
        var router = Router()
        router.on(.get, "/wait") { _, _ in
            if count.add() == 50 { started.open() }
            try await latch.wait()
            return .text(200, "waited")
        }
        try await withTestServer(router) { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await RawConnection.with(server.address) { client in
                            try await client.send(wait)
                            return try await client.response().status
                        }
                    }
                }
                try await started.wait()
                async let drained = server.drain(gracePeriod: .seconds(300))
                try await untilNotReady(server)
                latch.open()
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                #expect(await drained == RunningHTTPServer.Drained())
                return statuses
            }
            #expect(statuses == Array(repeating: 200, count: 50))
        }
    }

    @Test func `a request that is half here when draining begins is answered`() async throws {
        let calls = Tally()
        try await withTestServer(echoRouter(calls: calls)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                #expect(try await client.response().status == 100)
                async let drained = server.drain(gracePeriod: .seconds(300))
                try await untilNotReady(server)
                try await client.send("abcd")
                #expect(try await client.response().body == "abcd")
                #expect(await drained.connectionsCut == 0)
            }
        }
    }

    @Test func `a resting connection is closed at once`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET /echo/a HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().status == 200)
                #expect(await server.drain(gracePeriod: .seconds(300)) == RunningHTTPServer.Drained())
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `what runs beyond the grace period is cancelled and cut`() async throws {
        let started = Latch()
        try await withTestServer(router(Latch(), started: started)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(wait)
                try await started.wait()
                let drained = await server.drain(gracePeriod: .milliseconds(20))
                #expect(drained == RunningHTTPServer.Drained(connectionsCut: 1))
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `a handler that ignores its cancellation is given up and counted`() async throws {
        let (latch, started) = (Latch(), Latch())
        var router = Router()
        router.on(.get, "/wait") { _, _ in
            started.open()
            try await Task.detached { try await latch.wait() }.value
            return .text(200, "late")
        }
        try await withTestServer(router, configure: { $0.cancellationPeriod = .milliseconds(20) }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(wait)
                try await started.wait()
                let drained = await server.drain(gracePeriod: .milliseconds(20))
                #expect(drained == RunningHTTPServer.Drained(connectionsCut: 1, handlersAbandoned: 1))
            }
        }
        latch.open()
    }

    @Test func `a server is ready until it drains`() async throws {
        try await withTestServer(echoRouter()) { server in
            #expect(server.isReady)
            await server.drain(gracePeriod: .seconds(1))
            #expect(!server.isReady)
        }
    }

    @Test func `a drained server is not there any more`() async throws {
        try await withTestServer(echoRouter()) { server in
            await server.drain(gracePeriod: .seconds(1))
            await #expect { try await HTTPClient(server.address).send(.get, "/") } throws: { error in
                (error as? MartletError)?.code == .unavailable
            }
        }
    }

    @Test func `a second drain ends with the first`() async throws {
        let (latch, started) = (Latch(), Latch())
        try await withTestServer(router(latch, started: started)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(wait)
                try await started.wait()
                async let first = server.drain(gracePeriod: .seconds(300))
                async let second = server.drain(gracePeriod: .seconds(300))
                try await untilNotReady(server)
                latch.open()
                #expect(await (first, second) == (RunningHTTPServer.Drained(), RunningHTTPServer.Drained()))
            }
        }
    }

    @Test func `what the body throws comes out after draining`() async throws {
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await withTestServer(echoRouter()) { _ in throw Stop() }
        }
    }

    @Test func `a taken port is refused with the way out`() async throws {
        try await withTestServer(echoRouter()) { server in
            let port = server.address.port
            await #expect {
                try await withTestServer(echoRouter(), configure: { $0.address = server.address }) { _ in }
            } throws: {
                guard let error = $0 as? MartletError, error.code == .conflict else { return false }
                let next = "stop that or choose another port (0 takes any free one)"
                return error.message == "port \(port) on '127.0.0.1' is taken by another program; \(next)"
            }
        }
    }

    @Test(arguments: [
        ServerAddress(host: "127.0.0.1", port: 65_536), ServerAddress(host: "127.0.0.1", port: -1),
        ServerAddress(host: "192.0.2.1", port: 0), ServerAddress(host: "no such host", port: 0),
    ])
    func `an address that cannot be listened on is refused`(address: ServerAddress) async {
        await #expect { try await withTestServer(echoRouter(), configure: { $0.address = address }) { _ in } } throws: {
            ($0 as? MartletError)?.code == .invalidInput
        }
    }

    @Test func `a thousand connections are served together`() async throws {
        let metrics = MetricsRegistry()
        try await withTestServer(echoRouter(), metrics: metrics) { server in
            let clients = try await withThrowingTaskGroup(of: RawConnection.self) { group in
                for _ in 0..<1_000 { group.addTask { try await RawConnection.open(server.address) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for client in clients {
                    group.addTask {
                        try await client.send("GET /echo/a HTTP/1.1\r\nHost: a\r\n\r\n")
                        return try await client.response().status
                    }
                }
                let served = try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
                #expect(served == 1_000)
            }
            #expect(metrics.exposition().contains("\nmartlet_http_connections 1000\n"))
            for client in clients { await client.close() }
        }
        #expect(metrics.exposition().contains("\nmartlet_http_connections 0\n"))
    }

    /// Waits for draining to begin, which another task does.
    private func untilNotReady(_ server: RunningHTTPServer) async throws {
        while server.isReady { await Task.yield() }
    }
}
