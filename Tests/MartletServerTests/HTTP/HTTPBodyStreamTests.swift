import MartletCore
import NIOCore
import Testing

@testable import MartletServer

struct HTTPBodyStreamTests {
    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 7, count: count) }

    @Test func `what came before it was asked for comes as one piece, and then the end`() async throws {
        let stream = HTTPBodyStream {}
        _ = stream.append(ByteBuffer(string: "ab"))
        _ = stream.append(ByteBuffer(string: "c"))
        stream.end()
        #expect(try await stream.next() == HTTPBody(Array("abc".utf8)))
        #expect(try await stream.next() == nil)
        #expect(try await stream.next() == nil)
    }

    @Test func `there is room until the largest size waits`() {
        let stream = HTTPBodyStream {}
        let before = stream.append(bytes(HTTPBodyStream.sizeMaxBytes - 1))
        let after = stream.append(bytes(1))
        #expect((before, after) == (true, false))
    }

    @Test func `demand is told of at first, and after there was no room`() async throws {
        let demands = Tally()
        let stream = HTTPBodyStream { demands.add() }
        _ = stream.append(bytes(1))
        _ = try await stream.next()
        #expect(demands.count == 1)
        _ = stream.append(bytes(1))
        _ = try await stream.next()
        #expect(demands.count == 1)
        _ = stream.append(bytes(HTTPBodyStream.sizeMaxBytes))
        _ = try await stream.next()
        #expect(demands.count == 2)
    }

    @Test func `who waits is served at once`() async throws {
        let asked = Latch()
        let stream = HTTPBodyStream { asked.open() }
        async let piece = stream.next()
        try await asked.wait()
        #expect(stream.append(bytes(3)))
        #expect(try await piece?.count == 3)
    }

    @Test func `a broken body throws what broke it and drops the rest`() async throws {
        let stream = HTTPBodyStream {}
        _ = stream.append(bytes(3))
        stream.fail(HTTPBodyStream.clientGone)
        stream.end()
        await #expect { try await stream.next() } throws: { ($0 as? MartletError)?.code == .unavailable }
    }

    @Test func `a body that has ended cannot break`() async throws {
        let stream = HTTPBodyStream {}
        _ = stream.append(bytes(3))
        stream.end()
        stream.fail(CancellationError())
        #expect(try await stream.next()?.count == 3)
        #expect(try await stream.next() == nil)
    }
}
