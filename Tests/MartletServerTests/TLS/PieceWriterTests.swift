import MartletTesting
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletServer

struct PieceWriterTests {
    /// Holds what is written until it is let go.
    private final class Socket: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        private(set) var sizes: [Int] = []
        private var promises: [EventLoopPromise<Void>?] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            sizes.append(unwrapOutboundIn(data).readableBytes)
            promises.append(promise)
        }

        func takeOne() { promises.removeFirst()?.succeed() }
    }

    private static let max = PieceWriter.sizeMaxBytes

    private func channel() throws -> (EmbeddedChannel, Socket) {
        let socket = Socket()
        let channel = EmbeddedChannel(handlers: [socket, PieceWriter()])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, socket)
    }

    @Test func `small writes pass as they are`() throws {
        let (channel, socket) = try channel()
        for size in [0, 1, Self.max] { channel.write(ByteBuffer(repeating: 1, count: size), promise: nil) }
        #expect(socket.sizes == [0, 1, Self.max])
    }

    @Test func `a large write goes piece by piece, and what follows it waits`() throws {
        let (channel, socket) = try channel()
        let (large, small) = (channel.eventLoop.makePromise(of: Void.self), channel.eventLoop.makePromise(of: Void.self))
        let ended = Gathering<String>()
        large.futureResult.whenSuccess { ended.add("large") }
        small.futureResult.whenSuccess { ended.add("small") }
        channel.write(ByteBuffer(repeating: 1, count: 2 * Self.max + 3), promise: large)
        channel.write(ByteBuffer(repeating: 2, count: 4), promise: small)
        #expect(socket.sizes.isEmpty, "nothing was flushed")
        channel.flush()
        var seen: [[Int]] = []
        for _ in 0..<4 {
            seen.append(socket.sizes)
            socket.takeOne()
        }
        #expect(seen.last == [Self.max, Self.max, 3, 4])
        #expect(seen.map(\.count) == [1, 2, 3, 4])
        #expect(ended.all == ["large", "small"])
    }

    @Test func `what waits when the connection ends fails`() throws {
        let (channel, _) = try channel()
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(ByteBuffer(repeating: 1, count: 2 * Self.max), promise: promise)
        channel.pipeline.fireChannelInactive()
        #expect(throws: ChannelError.self) { try promise.futureResult.wait() }
    }
}
