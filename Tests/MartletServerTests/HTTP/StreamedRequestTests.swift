import MartletCore
import MartletTesting
import Testing

@testable import MartletServer

struct StreamedRequestTests {
    /// `PUT /count` answers the size of the body, `PUT /refuse` at once; `POST /echo` is not streamed.
    private func router(limit: Int? = nil, failure: Failed = Failed(), started: Latch = Latch()) -> Router {
        var router = echoRouter()
        router.streamed(.put, "/count", bodySizeMaxBytes: limit) { _, _, body in
            var count = 0
            do {
                while let piece = try await body.next() {
                    count += piece.count
                    started.open()
                }
            } catch {
                failure.tell(error)
                throw error
            }
            return .text(200, "\(count)")
        }
        router.streamed(.put, "/refuse", bodySizeMaxBytes: limit) { _, _, _ in .text(409, "no") }
        return router
    }

    private func put(_ body: String, _ path: String = "/count", more: String = "") -> String {
        "PUT \(path) HTTP/1.1\r\nHost: a\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private let begun = "PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"

    // MARK: Whole bodies

    @Test(arguments: [0, 1, 5, HTTPBodyStream.sizeMaxBytes, 20 << 20])
    func `a handler takes all of a body`(size: Int) async throws {
        try await withTestServer(router()) { server in
            try await HTTPClient.withClient(server.address) { client in
                let answer = try await client.send(.put, "/count", body: Array(repeating: 7, count: size))
                #expect((answer.status, String(decoding: answer.body, as: UTF8.self)) == (200, "\(size)"))
            }
        }
    }

    @Test func `a handler begins before the body is here, and chunks are taken apart`() async throws {
        let started = Latch()
        try await withTestServer(router(started: started)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("PUT /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                try await started.wait()
                try await client.send("2\r\nde\r\n0\r\n\r\n")
                #expect(try await client.response().body == "5")
            }
        }
    }

    @Test func `a handler that takes its time gets all of it`() async throws {
        let latch = Latch()
        var router = Router()
        router.streamed(.put, "/late", bodySizeMaxBytes: nil) { _, _, body in
            try await latch.wait()
            var count = 0
            while let piece = try await body.next() { count += piece.count }
            return .text(200, "\(count)")
        }
        try await withTestServer(router) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("PUT /late HTTP/1.1\r\nHost: a\r\nContent-Length: \(4 << 20)\r\n\r\n")
                async let sent: Void = client.send(Array(repeating: 7, count: 4 << 20))
                latch.open()
                try await sent
                #expect(try await client.response().body == "\(4 << 20)")
            }
        }
    }

    @Test func `requests behind a streamed one are answered in their turn`() async throws {
        try await withTestServer(router()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(put("abc") + "GET /echo/x HTTP/1.1\r\nHost: a\r\n\r\n" + put("abcd") + put(""))
                for expected in ["3", "x", "4", "0"] { #expect(try await client.response().body == expected) }
            }
        }
    }

    // MARK: Invitations

    @Test func `a client that waits is invited when the handler asks`() async throws {
        try await withTestServer(router()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                #expect(try await client.response().status == 100)
                try await client.send("abc" + put("abcd"))
                #expect(try await client.response().body == "3")
                #expect(try await client.response().body == "4")
            }
        }
    }

    @Test func `a client that waits for a refusal is not invited`() async throws {
        try await withTestServer(router()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                let answer = try await client.response()
                #expect((answer.status, answer.headers["connection"]) == (409, "close"))
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `other expectations are refused`() async throws {
        try await withTestServer(router()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(put("abc", more: "Expect: cake\r\n"))
                #expect(try await client.response().status == 417)
            }
        }
    }

    // MARK: Early answers

    @Test func `an answer before the body ends the connection`() async throws {
        try await withTestServer(router()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
                let answer = try await client.response()
                #expect((answer.status, answer.headers["connection"]) == (409, "close"))
                try await client.send("defghi")
                #expect(await client.remainder().isEmpty)
            }
        }
    }

    @Test func `an answer before a body that is here keeps the connection`() async throws {
        try await withTestServer(router()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(put("abc", "/refuse") + put("abcd"))
                #expect(try await client.response().status == 409)
                #expect(try await client.response().body == "4")
            }
        }
    }

    @Test func `a client that sends all of a refused body first still reads the refusal`() async throws {
        try await withTestServer(router()) { server in
            try await HTTPClient.withClient(server.address) { client in
                let answer = try await client.send(.put, "/refuse", body: Array(repeating: 0, count: 4 << 20))
                #expect(answer.status == 409)
            }
        }
    }

    // MARK: Refusals

    @Test(arguments: [4, 5])
    func `a body has the limit of its route`(size: Int) async throws {
        try await withTestServer(router(limit: 4)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(put(String(repeating: "a", count: size)))
                #expect(try await client.response().status == (size == 4 ? 200 : 413))
            }
        }
    }

    @Test func `a body in chunks that exceeds the limit breaks for its handler`() async throws {
        let failure = Failed()
        try await withTestServer(router(limit: 4, failure: failure)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("PUT /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                try await client.send("2\r\nde\r\n")
                #expect(try await client.response().status == 413)
                #expect(await client.remainder().isEmpty)
            }
            #expect(try await failure.wait() is CancellationError)
        }
    }

    @Test func `broken chunks break the body`() async throws {
        let failure = Failed()
        try await withTestServer(router(failure: failure)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send("PUT /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")
                #expect(try await client.response().status == 400)
            }
            _ = try await failure.wait()
        }
    }

    @Test func `compressed bodies are refused by name`() async throws {
        try await withTestServer(router()) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(put("abc", more: "Content-Encoding: gzip\r\n"))
                let answer = try await client.response()
                #expect((answer.status, answer.headers["accept-encoding"]) == (415, "identity"))
                #expect(answer.body.contains("'gzip'"))
            }
        }
    }

    // MARK: Ends

    @Test func `a client that goes away breaks the body`() async throws {
        let (failure, started, failures) = (Failed(), Latch(), Failures())
        try await withTestServer(router(failure: failure, started: started), failures: failures) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(begun)
                try await started.wait()
            }
            let error = try await failure.wait()
            #expect((error as? MartletError)?.code == .unavailable)
        }
        #expect(failures.all.isEmpty)
    }

    @Test func `a body that was given up leaves its room to others`() async throws {
        let (failure, started) = (Failed(), Latch())
        let routes = router(failure: failure, started: started)
        try await withTestServer(routes, configure: { $0.bodiesSizeMaxBytes = HTTPBodyStream.sizeMaxBytes }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(begun)
                try await started.wait()
                try await RawConnection.with(server.address) { other in
                    try await other.send(put("abc"))
                    #expect(try await other.response().status == 503)
                }
            }
            _ = try await failure.wait()
            // The room is given back a moment after the handler has seen its error.
            var status = 503
            for _ in 0..<10_000 where status == 503 {
                status = try await RawConnection.with(server.address) { client in
                    try await client.send(put("abc"))
                    return try await client.response().status
                }
            }
            #expect(status == 200)
        }
    }

    @Test func `a client that stops sending is refused`() async throws {
        let failure = Failed()
        try await withTestServer(router(failure: failure), configure: { $0.readTimeout = .milliseconds(50) }) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(begun)
                let answer = try await client.response()
                #expect((answer.status, answer.headers["connection"]) == (408, "close"))
            }
            #expect(try await failure.wait() is CancellationError)
        }
    }

    @Test func `a handler that takes nothing is given up`() async throws {
        var router = Router()
        router.streamed(.put, "/stuck", bodySizeMaxBytes: nil) { _, _, _ in
            try await Latch().wait()
            return .text(200, "")
        }
        try await withTestServer(router, configure: { $0.readTimeout = .seconds(2) }) { server in
            try await HTTPClient.withClient(server.address) { client in
                let answer = try await client.send(.put, "/stuck", body: Array(repeating: 0, count: 4 << 20))
                #expect(answer.status == 503)
            }
        }
    }

    @Test func `an upload may end while the server drains`() async throws {
        let started = Latch()
        try await withTestServer(router(started: started)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(begun)
                try await started.wait()
                async let drained = server.drain(gracePeriod: .seconds(300))
                while server.isReady { await Task.yield() }
                try await client.send("defghi")
                let answer = try await client.response()
                #expect((answer.body, answer.headers["connection"]) == ("9", "close"))
                #expect(await drained == RunningHTTPServer.Drained())
            }
        }
    }

    @Test func `an upload that does not end is cut when the server drains`() async throws {
        let (failure, started) = (Failed(), Latch())
        try await withTestServer(router(failure: failure, started: started)) { server in
            try await RawConnection.with(server.address) { client in
                try await client.send(begun)
                try await started.wait()
                #expect(await server.drain(gracePeriod: .milliseconds(20)) == RunningHTTPServer.Drained(connectionsCut: 1))
            }
            _ = try await failure.wait()
        }
    }
}

/// The error that a handler saw.
final class Failed: Sendable {
    private let latch = Latch()
    private let seen = Gathering<any Error>()

    func tell(_ error: any Error) {
        seen.add(error)
        latch.open()
    }

    func wait() async throws -> (any Error)? {
        try await latch.wait()
        return seen.take().first
    }
}
