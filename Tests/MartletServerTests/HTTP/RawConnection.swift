import NIOCore
import NIOPosix
import Synchronization

@testable import MartletServer

/// A client that sends any bytes, also such as no client should.
final class RawConnection: Sendable {
    struct Response: Sendable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: String
    }

    struct Closed: Error {}

    private let channel: any Channel
    private let collector: Collector

    private init(channel: any Channel, collector: Collector) {
        self.channel = channel
        self.collector = collector
    }

    /// - Parameters:
    ///   - reads: whether what comes is taken from the socket.
    ///   - tls: encrypts what is sent.
    static func open(_ address: ServerAddress, reads: Bool = true, tls: ClientTLS? = nil) async throws -> RawConnection {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    _ = try tls?.addHandlers(to: channel, host: address.host, timeout: .seconds(60))
                    try channel.pipeline.syncOperations.addHandler(CollectorHandler(collector))
                }
            }
            .connect(host: address.host, port: address.port).get()
        return RawConnection(channel: channel, collector: collector)
    }

    static func with<Result>(
        _ address: ServerAddress, _ body: (RawConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await open(address)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Ends the sending side only.
    func finishSending() async throws { try await channel.close(mode: .output) }

    func close() async {
        // Closed by the other side is closed.
        try? await channel.close()
    }

    /// The next answer. - Throws: `Closed` where the connection ends before it is complete.
    func response(toHead isHead: Bool = false) async throws -> Response {
        let response: Response? = await collector.take { bytes, isClosed in
            if let (response, size) = Self.parse(bytes, isHead: isHead) { return (response, size) }
            return isClosed ? (nil, 0) : nil
        }
        guard let response else { throw Closed() }
        return response
    }

    /// All that comes until the server closes.
    func remainder() async -> String {
        await collector.take { bytes, isClosed in
            isClosed ? (String(decoding: bytes, as: UTF8.self), bytes.count) : nil
        }
    }

    private static func parse(_ bytes: [UInt8], isHead: Bool) -> (Response, Int)? {
        let end = Array("\r\n\r\n".utf8)
        guard let split = bytes.firstRange(of: end) else { return nil }
        var lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let status = Int(lines.removeFirst().split(separator: " ")[1]) ?? 0
        let headers = Dictionary(
            lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (parts[0].lowercased(), parts[1].drop { $0 == " " }.description)
            }, uniquingKeysWith: { "\($0), \($1)" }
        )
        let length = isHead ? 0 : headers["content-length"].flatMap(Int.init) ?? 0
        guard bytes.count >= split.upperBound + length else { return nil }
        let body = String(decoding: bytes[split.upperBound..<split.upperBound + length], as: UTF8.self)
        return (Response(status: status, headers: headers, body: body), split.upperBound + length)
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}

/// What has come, and the one who waits for more.
private final class Collector: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func append(_ buffer: ByteBuffer) { update { $0.bytes += buffer.readableBytesView } }

    func close() { update { $0.isClosed = true } }

    /// Waits until `find` finds something, and takes as many bytes as it says.
    func take<Found: Sendable>(_ find: @Sendable ([UInt8], Bool) -> (Found, Int)?) async -> Found {
        while true {
            let (found, known) = state.withLock { state -> (Found?, (Int, Bool)) in
                guard let (found, size) = find(state.bytes, state.isClosed) else {
                    return (nil, (state.bytes.count, state.isClosed))
                }
                state.bytes.removeFirst(size)
                return (found, (0, false))
            }
            if let found { return found }
            await more(than: known)
        }
    }

    private func more(than known: (count: Int, isClosed: Bool)) async {
        await withCheckedContinuation { continuation in
            let isStale = state.withLock { state in
                guard state.bytes.count == known.count, state.isClosed == known.isClosed else { return true }
                state.waiting = continuation
                return false
            }
            if isStale { continuation.resume() }
        }
    }

    private func update(_ change: (inout sending State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}

private final class CollectorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let collector: Collector

    init(_ collector: Collector) { self.collector = collector }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { collector.append(unwrapInboundIn(data)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { collector.close() }
    }

    func channelInactive(context: ChannelHandlerContext) { collector.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
