import NIOCore
import Testing

@testable import MartletServer

/// Compressed bodies on the way through a server.
struct CompressedExchangeTests {
    private let text = [UInt8](repeating: 97, count: 50_000)

    private func send(
        _ body: [UInt8], _ headers: HeaderFields, configure: (inout HTTPServerConfiguration) -> Void = { _ in }
    ) async throws -> HTTPResponse {
        var router = Router()
        router.onConnectionThread(.post, "/echo") { request, _ in .bytes(200, request.body, contentType: "text/plain") }
        return try await withTestServer(router, configure: configure) { server in
            try await HTTPClient.withClient(server.address) { try await $0.send(.post, "/echo", headers: headers, body: body) }
        }
    }

    private func compressed(_ coding: ContentCoding) throws -> [UInt8] {
        Array(buffer: try #require(Deflater.deflate(HTTPBody(text), coding)))
    }

    @Test(arguments: ["gzip", "x-gzip", "GZIP", "deflate"])
    func `a handler gets the plain body`(name: String) async throws {
        let body = try compressed(name == "deflate" ? .deflate : .gzip)
        let response = try await send(body, ["content-encoding": name])
        #expect(response.body == text)
    }

    @Test func `a body that says it is plain is plain`() async throws {
        let response = try await send(text, ["content-encoding": "identity"])
        #expect(response.body == text)
    }

    @Test func `a client that takes it gets a large answer compressed`() async throws {
        let response = try await send(text, ["accept-encoding": "gzip"])
        #expect(response.headers["content-encoding"] == "gzip")
        #expect(response.body.count < 1_000)
    }

    @Test(arguments: ["br", "gzip, gzip", "gzip, br"])
    func `another coding is refused with those that are known`(coding: String) async throws {
        let response = try await send([1], ["content-encoding": coding])
        #expect(response.status == 415)
        #expect(response.headers["accept-encoding"] == "gzip, deflate")
    }

    @Test func `a body that grows beyond the limit is refused`() async throws {
        let response = try await send(try compressed(.gzip), ["content-encoding": "gzip"]) { $0.bodySizeMaxBytes = 49_999 }
        #expect(response.status == 413)
    }

    @Test func `a body counts with its plain size against all bodies together`() async throws {
        let response = try await send(try compressed(.gzip), ["content-encoding": "gzip"]) { $0.bodiesSizeMaxBytes = 49_999 }
        #expect(response.status == 503)
        #expect(response.headers["retry-after"] == "1")
    }

    @Test func `a body whose content breaks off is refused`() async throws {
        let response = try await send(try compressed(.gzip).dropLast(), ["content-encoding": "gzip"])
        #expect(response.status == 400)
    }
}
