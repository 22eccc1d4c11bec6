import Foundation
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

struct ResponseFileTests {
    private static let size = 3 * ResponseFile.pieceSizeBytes + 5

    /// A server whose `GET /file/{start}/{end}` gives a range of a file.
    private static func withServer(_ body: (HTTPClient, RunningHTTPServer, String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/file"
            try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) }).write(to: URL(filePath: path))
            var router = Router()
            router.on(.get, "/file/{start}/{end}") { _, parameters in
                let range = try parameters.value("start", as: Int.self)..<(try parameters.value("end", as: Int.self))
                return HTTPResponse(status: 200, headers: [:], file: ResponseFile(try OpenFile(path, O_RDONLY), range))
            }
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { try await body($0, server, path) }
            }
        }
    }

    /// How often a file is open in this process.
    private static func openCount(_ path: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
            // What was closed since it was listed is not open.
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")) == path
        }
    }

    private static func waitUntilClosed(_ path: String) async throws {
        try await waitUntil("the file is closed") { try openCount(path) == 0 }
    }

    @Test(arguments: [0..<size, 0..<1, 5..<5, 1..<ResponseFile.pieceSizeBytes + 1, size - 1..<size])
    func `a range comes as it is in the file`(range: Range<Int>) async throws {
        try await Self.withServer { client, _, path in
            let answer = try await client.send(.get, "/file/\(range.lowerBound)/\(range.upperBound)")
            #expect(answer.status == 200)
            #expect(answer.body.elementsEqual(range.map { UInt8(truncatingIfNeeded: $0 / 7) }))
            try await Self.waitUntilClosed(path)
        }
    }

    @Test func `answers follow a file on its connection`() async throws {
        try await Self.withServer { _, server, _ in
            try await RawConnection.with(server.address) { client in
                let ask = { (size: Int) in "GET /file/0/\(size) HTTP/1.1\r\nHost: a\r\n\r\n" }
                try await client.send(ask(Self.size) + ask(3) + ask(0) + ask(2))
                for size in [Self.size, 3, 0, 2] { #expect(try await client.response().headers["content-length"] == "\(size)") }
            }
        }
    }

    @Test func `HEAD tells the length and sends nothing`() async throws {
        try await Self.withServer { _, server, path in
            try await RawConnection.with(server.address) { client in
                try await client.send("HEAD /file/0/\(Self.size) HTTP/1.1\r\nHost: a\r\n\r\nGET /file/0/0 HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response(toHead: true).headers["content-length"] == "\(Self.size)")
                #expect(try await client.response().headers["content-length"] == "0")
            }
            try await Self.waitUntilClosed(path)
        }
    }

    @Test func `a file that is shorter than it was ends the connection`() async throws {
        try await Self.withServer { _, server, path in
            try await RawConnection.with(server.address) { client in
                try await client.send("GET /file/0/\(Self.size + 1) HTTP/1.1\r\nHost: a\r\n\r\n")
                await #expect(throws: RawConnection.Closed.self) { try await client.response() }
            }
            try await Self.waitUntilClosed(path)
        }
    }

    @Test func `a client that goes away closes the file`() async throws {
        try await Self.withServer { _, server, path in
            let client = try await RawConnection.open(server.address, reads: false)
            try await client.send("GET /file/0/\(Self.size) HTTP/1.1\r\nHost: a\r\n\r\n")
            await client.close()
            try await Self.waitUntilClosed(path)
        }
    }
}
