import MartletCore
import MartletStore
import MartletTesting
import Synchronization
import Testing

@testable import MartletServer

struct ResponseStreamTests {
    /// Pieces of bytes, the last of which may be an error; says when nobody holds it any more.
    private final class Pieces: ContentStream {
        private let rest: Mutex<[Result<[UInt8], MartletError>]>
        private let taken: @Sendable () -> Void
        private let released: @Sendable () -> Void

        init(_ pieces: [Result<[UInt8], MartletError>], taken: @escaping @Sendable () -> Void, released: @escaping @Sendable () -> Void) {
            rest = Mutex(pieces)
            self.taken = taken
            self.released = released
        }

        deinit { released() }

        func next() throws -> [UInt8]? {
            taken()
            return try rest.withLock { $0.isEmpty ? nil : $0.removeFirst() }?.get()
        }
    }

    private final class Counts: Sendable {
        private let counts = Mutex((taken: 0, released: 0))

        var taken: Int { counts.withLock { $0.taken } }
        var released: Int { counts.withLock { $0.released } }

        func take() { counts.withLock { $0.taken += 1 } }
        func release() { counts.withLock { $0.released += 1 } }
    }

    private static let piece = [UInt8](repeating: 7, count: 100_000)
    private static let fault = Result<[UInt8], MartletError>.failure(MartletError(.unavailable, "gone"))

    /// A server whose `GET /stream` gives pieces under a length.
    private func withServer(
        _ pieces: [Result<[UInt8], MartletError>], sizeBytes: Int, _ body: (RunningHTTPServer, Counts) async throws -> Void
    ) async throws {
        let counts = Counts()
        var router = Router()
        router.on(.get, "/stream") { _, _ in
            let stream = Pieces(pieces) {
                counts.take()
            } released: {
                counts.release()
            }
            return HTTPResponse(status: 200, headers: [:], source: .stream(ResponseStream(stream, sizeBytes: sizeBytes)))
        }
        router.on(.get, "/next") { _, _ in .text(200, "next") }
        try await withTestServer(router) { try await body($0, counts) }
    }

    @Test func `pieces come in order, and answers follow on the connection`() async throws {
        let pieces = [[1, 2], Self.piece, [3]].map { Result<[UInt8], MartletError>.success($0) }
        try await withServer(pieces, sizeBytes: 100_003) { server, counts in
            try await HTTPClient.withClient(server.address) { client in
                for _ in 0..<2 {
                    let answer = try await client.send(.get, "/stream")
                    #expect(answer.body.bytes == [1, 2] + Self.piece + [3])
                    #expect(try await client.send(.get, "/next").status == 200)
                }
            }
            #expect(counts.taken == 6)
        }
    }

    /// A stream that does not give what was told.
    private enum Broken: CaseIterable {
        case empty, failing, short, long

        var pieces: [Result<[UInt8], MartletError>] {
            switch self {
            case .empty: []
            case .failing: [.success(piece), fault]
            case .short: [.success(piece), .success([])]
            case .long: [.success(piece), .success(piece)]
            }
        }
    }

    @Test(arguments: Broken.allCases)
    private func `fewer or more bytes than were told, or an error, end the connection`(stream: Broken) async throws {
        try await withServer(stream.pieces, sizeBytes: Self.piece.count + 1) { server, _ in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
                await #expect(throws: RawConnection.Closed.self) { try await client.response() }
            }
        }
    }

    @Test func `HEAD tells the length and takes nothing`() async throws {
        try await withServer([.success([1, 2])], sizeBytes: 2) { server, counts in
            try await RawConnection.with(server.address) { client in
                try await client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response(toHead: true).headers["content-length"] == "2")
                #expect(try await client.response().body == "next")
            }
            #expect(counts.taken == 0)
        }
    }

    @Test func `a client that does not take what is sent holds the stream back, and lets go of it when it leaves`() async throws {
        let count = 2_000
        try await withServer(Array(repeating: .success(Self.piece), count: count), sizeBytes: count * Self.piece.count) { server, counts in
            let client = try await RawConnection.open(server.address, reads: false)
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            try await waitUntil("something is sent") { counts.taken > 0 }
            await client.close()
            try await waitUntil("nobody holds the stream") { counts.released == 1 }
            #expect(counts.taken < count)
        }
    }
}
