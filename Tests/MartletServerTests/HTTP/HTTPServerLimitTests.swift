import MartletCore
import MartletTesting
import Testing

@testable import MartletServer

struct HTTPServerLimitTests {
    private func post(_ body: String, path: String = "/echo") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A router whose `GET /wait` waits for a latch.
    private func waitingRouter(_ latch: Latch, started: Latch) -> Router {
        var router = echoRouter()
        router.on(.get, "/wait") { _, _ in
            started.open()
            try await latch.wait()
            return .text(200, "waited")
        }
        return router
    }

    private let wait = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"

    // MARK: Sizes

    @Test func `a body of the largest size is taken`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.bodySizeMaxBytes = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(post("abcd"))
                #expect(try await client.response().status == 200)
            }
        }
    }

    @Test func `a larger body is refused before it is read`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.bodySizeMaxBytes = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
                #expect(try await client.response().status == 413)
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `a larger body in chunks is refused`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.bodySizeMaxBytes = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await client.send("3\r\nabc\r\n2\r\nde\r\n")
                #expect(try await client.response().status == 413)
            }
        }
    }

    @Test func `a larger body to no route is refused`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.bodySizeMaxBytes = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(
                    "POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")
                #expect(try await client.response().status == 413)
            }
        }
    }

    @Test func `a client that sends all of a refused body first still reads the refusal`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.bodySizeMaxBytes = 4 }) { server in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.post, "/echo", body: Array(repeating: 0, count: 4 << 20))
                #expect(response.status == 413)
            }
        }
    }

    @Test func `a route's own size prevails`() async throws {
        var router = Router()
        router.on(.post, "/large", bodySizeMaxBytes: 8) { _, _ in .text(200, "") }
        try await withTestServer(router, configure: { $0.bodySizeMaxBytes = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(post("abcdefgh", path: "/large"))
                #expect(try await client.response().status == 200)
            }
        }
    }

    @Test func `bodies beyond the limit of all together are refused`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.bodiesSizeMaxBytes = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(post("abcd") + post("abcde"))
                #expect(try await client.response().status == 200)
                #expect(try await client.response().status == 503)
            }
        }
    }

    @Test func `a body that was given up leaves its room to others`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.bodiesSizeMaxBytes = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabcd")
                try await client.finishSending()
                #expect(await client.remainder().isEmpty)
            }
            // The client may see the end of its connection a moment before the server has.
            var status = 503
            for _ in 0..<1_000 where status == 503 {
                status = try await RawConnection.with(server.address) { client in
                    try await client.send(post("abcd"))
                    return try await client.response().status
                }
            }
            #expect(status == 200)
        }
    }

    @Test func `large answers are refused while another client has yet to take its own, and not after`() async throws {
        var router = Router()
        let size = 32 << 20
        let large: RouteHandler = { _, _ in .bytes(200, HTTPBody(Array(repeating: 7, count: size)), contentType: "text/plain") }
        router.on(.get, "/large", large)
        router.on(.post, "/large", large)
        try await withTestServer(router, configure: { $0.answersSizeMaxBytes = size }) { server in
            let ask = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
            try await RawConnection.with(server.address) { client in
                func status(_ request: String) async throws -> Int {
                    try await client.send(request)
                    return try await client.response().status
                }
                func untilHeld(_ bytes: Int) async throws {
                    try await waitUntil("\(bytes) bytes are held") { server.core.load.reservedAnswerBytes == bytes }
                }
                #expect(try await status(ask) == 200)
                try await untilHeld(0)
                let idler = try await RawConnection.open(server.address, reads: false)
                try await idler.send(ask)
                try await untilHeld(size)
                #expect(try await status(ask) == 503)
                try await client.send("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response(toHead: true).status == 200)
                // What changed something is told all the same.
                #expect(try await status("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") == 200)
                await idler.close()
                try await untilHeld(0)
                #expect(try await status(ask) == 200)
            }
        }
    }

    @Test func `a header beyond the limit is refused`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                let value = String(repeating: "a", count: 90 << 10)
                try await client.send("GET /echo/a HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n")
                #expect(try await client.response().status == 431)
            }
        }
    }

    @Test func `too many header fields are refused`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.headerCountMax = 4 }) { server in
            try await RawConnection.with(server.address) { client in
                let fields = (0..<4).map { "X\($0): a\r\n" }.joined()
                try await client.send("GET /echo/a HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
                #expect(try await client.response().status == 431)
            }
        }
    }

    // MARK: Counts

    @Test func `a connection that is one too many is told so`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.connectionCountMax = 1 }) { server in
            try await RawConnection.with(server.address) { first in
                try await first.send(post("a"))
                #expect(try await first.response().status == 200)
                try await RawConnection.with(server.address) { second in
                    let response = try await second.response()
                    #expect(response.status == 503)
                    #expect(response.headers["retry-after"] == "1")
                    #expect(await second.remainder().isEmpty)
                }
                try await first.send(post("b"))
                #expect(try await first.response().body == "b")
            }
        }
    }

    @Test func `a connection beyond those that are told is closed without an answer`() async throws {
        let limits: (inout HTTPServerConfiguration) -> Void = { configuration in
            configuration.connectionCountMax = 0
            configuration.refusedConnectionCountMax = 0
        }
        try await withTestServer(echoRouter(), configure: limits) { server in
            try await RawConnection.with(server.address) { client in
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `a closed connection leaves its room to others`() async throws {
        try await withTestServer(echoRouter(), configure: { $0.connectionCountMax = 1 }) { server in
            try await RawConnection.with(server.address) { first in
                try await first.send("GET /echo/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                #expect(await first.remainder().hasSuffix("a"))
            }
            // The server's end may be a moment behind the client's.
            var status = 503
            while status == 503 {
                status = try await RawConnection.with(server.address) { second in
                    // The refusal may come first and end the connection.
                    try? await second.send(post("b"))
                    return try await second.response().status
                }
            }
            #expect(status == 200)
        }
    }

    @Test func `a request beyond those in flight is refused until one ends`() async throws {
        let (latch, started) = (Latch(), Latch())
        let router = waitingRouter(latch, started: started)
        try await withTestServer(router, configure: { $0.requestsInFlightMax = 1 }) { server in
            try await RawConnection.with(server.address) { first in
                try await first.send(wait)
                try await started.wait()
                try await RawConnection.with(server.address) { second in
                    try await second.send(post("a"))
                    let refusal = try await second.response()
                    #expect(refusal.status == 503)
                    #expect(refusal.headers["retry-after"] == "1")
                    latch.open()
                    #expect(try await first.response().status == 200)
                    try await second.send(post("b"))
                    #expect(try await second.response().status == 200)
                }
            }
        }
    }

    @Test func `any number of pipelined requests waits for its turn`() async throws {
        let (latch, started) = (Latch(), Latch())
        try await withTestServer(waitingRouter(latch, started: started)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(wait + String(repeating: post("a"), count: 600))
                try await started.wait()
                latch.open()
                var statuses: [Int] = []
                for _ in 0..<601 { statuses.append(try await client.response().status) }
                #expect(statuses == Array(repeating: 200, count: 601))
            }
        }
    }

    // MARK: Times

    @Test(arguments: ["GET /ec", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"])
    func `a request that does not end is refused`(beginning: String) async throws {
        try await withTestServer(echoRouter(), configure: { $0.readTimeout = .milliseconds(50) }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(beginning)
                #expect(try await client.response().status == 408)
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `a handler that takes too long is cancelled and the client told`() async throws {
        let cancelled = Latch()
        var router = Router()
        router.on(.get, "/") { _, _ in
            do { try await Latch().wait() } catch { cancelled.open() }
            return .text(200, "late")
        }
        try await withTestServer(router, configure: { $0.requestDeadline = .milliseconds(50) }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().status == 503)
                #expect(await client.remainder().isEmpty)
            }
            try await cancelled.wait()
        }
    }

    @Test func `a route's own deadline prevails`() async throws {
        var router = Router()
        router.on(.get, "/", deadline: .milliseconds(50)) { _, _ in
            try await Latch().wait()
            return .text(200, "never")
        }
        try await withTestServer(router) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().status == 503)
            }
        }
    }

    @Test func `a client that does not read its answer is closed`() async throws {
        var router = Router()
        router.on(.get, "/") { _, _ in HTTPResponse(status: 200, body: Array(repeating: 0, count: 32 << 20)) }
        try await withTestServer(router, configure: { $0.writeTimeout = .milliseconds(50) }) { server in
            let client = try await RawConnection.open(server.address, reads: false)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await server.drain(gracePeriod: .seconds(300)) == RunningHTTPServer.Drained())
            await client.close()
        }
    }
}
