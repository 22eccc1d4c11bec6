import MartletCore
import MartletServer
import Testing

struct HTTPServerTests {
    private func get(_ text: String, _ more: String = "") -> String {
        "GET /echo/\(text) HTTP/1.1\r\nHost: a\r\n\(more)\r\n"
    }

    @Test(arguments: HandlerPlace.allCases)
    func `a request is answered`(place: HandlerPlace) async throws {
        try await withTestServer(echoRouter(place: place)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(get("hello"))
                #expect(try await client.response().body == "hello")
            }
        }
    }

    @Test(arguments: HandlerPlace.allCases)
    func `a handler gets the body`(place: HandlerPlace) async throws {
        try await withTestServer(echoRouter(place: place)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                #expect(try await client.response().body == "hello")
            }
        }
    }

    @Test(arguments: HandlerPlace.allCases)
    func `what a handler throws is answered, wherever it runs`(place: HandlerPlace) async throws {
        var router = Router()
        switch place {
        case .pool: router.on(.get, "/") { _, _ in throw MartletError(.conflict, "taken") }
        case .connectionThread: router.on(.get, "/", start: .connectionThread) { _, _ in throw MartletError(.conflict, "taken") }
        case .immediate: router.onConnectionThread(.get, "/") { _, _ in throw MartletError(.conflict, "taken") }
        case .staged: router.staged(.get, "/") { _, _ in .later { throw MartletError(.conflict, "taken") } }
        }
        try await withTestServer(router) { server in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.get, "/")
                #expect(response.status == 409)
                #expect(response.body == Array(#"{"error":"taken"}"#.utf8))
            }
        }
    }

    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func `a server listens on a host of either family`(host: String) async throws {
        try await withTestServer(echoRouter(), host: host) { server in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.get, "/echo/a")
                #expect(response.status == 200)
            }
        }
    }

    @Test func `a connection carries several requests`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                for text in ["one", "two", "three"] {
                    try await client.send(get(text))
                    #expect(try await client.response().body == text)
                }
            }
        }
    }

    @Test func `pipelined requests are answered in order although the first takes longest`() async throws {
        let latch = Latch()
        var router = echoRouter()
        router.on(.get, "/slow") { _, _ in
            try await latch.wait()
            return .text(200, "slow")
        }
        try await withTestServer(router) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + get("b") + get("c"))
                latch.open()
                var bodies: [String] = []
                for _ in 0..<3 { bodies.append(try await client.response().body) }
                #expect(bodies == ["slow", "b", "c"])
            }
        }
    }

    @Test(arguments: HandlerPlace.allCases)
    func `many pipelined requests are all answered in order`(place: HandlerPlace) async throws {
        try await withTestServer(echoRouter(place: place)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send((0..<200).map { get("\($0)") }.joined())
                for number in 0..<200 { #expect(try await client.response().body == "\(number)") }
            }
        }
    }

    @Test func `a chunked body arrives whole`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                try await client.send("2\r\nde\r\n0\r\n\r\n")
                #expect(try await client.response().body == "abcde")
            }
        }
    }

    @Test func `a body and its answer of a mebibyte are whole`() async throws {
        let body = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 / 251) }
        try await withTestServer(echoRouter()) { server in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.post, "/echo", body: body)
                #expect(response.body == body)
            }
        }
    }

    @Test func `a request that comes byte by byte is answered`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                for byte in "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi".utf8 {
                    try await client.send([byte])
                }
                #expect(try await client.response().body == "hi")
            }
        }
    }

    @Test func `a client that waits for it is invited to send the body`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
                #expect(try await client.response().status == 100)
                try await client.send("hi")
                #expect(try await client.response().body == "hi")
            }
        }
    }

    @Test func `a client that waits to send a body to no route is answered at once`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(
                    "POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
                #expect(try await client.response().status == 404)
            }
        }
    }

    @Test func `HEAD has the length of GET and no body`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("HEAD /echo/hello HTTP/1.1\r\nHost: a\r\n\r\n" + get("next"))
                #expect(try await client.response(toHead: true).headers["content-length"] == "5")
                #expect(try await client.response().body == "next")
            }
        }
    }

    @Test func `an unknown path with a body is answered and the connection kept`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + get("next"))
                #expect(try await client.response().status == 404)
                #expect(try await client.response().body == "next")
            }
        }
    }

    @Test func `another method is refused with what is allowed`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try await client.response()
                #expect(response.status == 405)
                #expect(response.headers["allow"] == "OPTIONS, POST")
            }
        }
    }

    @Test func `a client that asks for it is closed after the answer`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(get("a", "Connection: close\r\n"))
                #expect(try await client.response().headers["connection"] == "close")
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `HTTP 1_0 is closed after the answer`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET /echo/a HTTP/1.0\r\n\r\n")
                #expect(try await client.response().body == "a")
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `a request that asks for another protocol is answered in this one and closed`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(get("a", "Connection: Upgrade\r\nUpgrade: h2c\r\n"))
                #expect(try await client.response().body == "a")
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `a request's own id comes back`() async throws {
        try await withTestServer(echoRouter()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(get("a", "X-Request-ID: mine-1\r\n"))
                #expect(try await client.response().headers["x-request-id"] == "mine-1")
            }
        }
    }

    @Test func `a handler sees where a request comes from`() async throws {
        var router = Router()
        router.on(.get, "/") { request, _ in .text(200, request.remoteAddress) }
        try await withTestServer(router) { server in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.get, "/")
                #expect(response.body == Array("127.0.0.1".utf8))
            }
        }
    }

    @Test func `a fault of the server's own is reported and not told`() async throws {
        struct Secret: Error {}
        var router = Router()
        router.on(.get, "/a/{b}") { _, _ in throw Secret() }
        let failures = Failures()
        try await withTestServer(router, failures: failures) { server in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.get, "/a/b", headers: ["x-request-id": "id-1"])
                #expect(!String(decoding: response.body, as: UTF8.self).contains("Secret"))
            }
        }
        #expect(failures.all.map(\.description) == ["request id-1 to /a/{b}: Secret()"])
    }

    @Test func `a header that would split the answer is not sent`() async throws {
        var router = Router()
        router.on(.get, "/") { _, _ in HTTPResponse(status: 200, headers: ["location": "a\r\nset-cookie: b"]) }
        try await withTestServer(router) { server in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.get, "/")
                #expect(response.status == 500)
            }
        }
    }

    @Test(arguments: [
        "GET /echo/%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /echo/%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo/../a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /echo/a HTTP/1.1\r\n\r\n",
        "GET /echo/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "nonsense\r\n\r\n", "GET /echo/a HTTP/9.9\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /echo/a HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n",
    ])
    func `what is not a request is refused and the connection closed`(text: String) async throws {
        let calls = Tally()
        try await withTestServer(echoRouter(calls: calls)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(text)
                #expect(try await client.response().status == 400)
                #expect(await client.remainder().isEmpty)
            }
        }
        #expect(calls.count == 0)
    }

    @Test func `a body that is shorter than it said never reaches the handler`() async throws {
        let calls = Tally()
        try await withTestServer(echoRouter(calls: calls)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
                try await client.finishSending()
                #expect(await client.remainder().isEmpty)
            }
        }
        #expect(calls.count == 0)
    }

    @Test func `a handler is cancelled when its client goes away`() async throws {
        let (started, cancelled) = (Latch(), Latch())
        var router = Router()
        router.on(.get, "/") { _, _ in
            started.open()
            do { try await Latch().wait() } catch { cancelled.open() }
            return .text(200, "late")
        }
        try await withTestServer(router) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                try await started.wait()
            }
            try await cancelled.wait()
        }
        #expect(cancelled.isOpen)
    }

    @Test func `a handler is cancelled when its client ends the sending side`() async throws {
        let (started, cancelled) = (Latch(), Latch())
        var router = Router()
        router.on(.get, "/") { _, _ in
            started.open()
            do { try await Latch().wait() } catch { cancelled.open() }
            return .text(200, "late")
        }
        try await withTestServer(router) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                try await started.wait()
                try await client.finishSending()
                #expect(await client.remainder().isEmpty)
                try await cancelled.wait()
            }
        }
    }
}
