import NIOCore
import NIOEmbedded
import Testing

@testable import MartletServer

/// The timeouts at their edges, on a clock that the test turns.
struct ConnectionTimeoutTests {
    private let channel = EmbeddedChannel()
    private let core = ServerCore(
        configuration: HTTPServerConfiguration(), router: echoRouter(place: .connectionThread),
        metrics: MetricsRegistry(), report: { _ in }
    )

    init() throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPConnectionHandler(core: core, remoteAddress: "", eventLoop: channel.eventLoop))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    private func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    private func answer() throws -> String? {
        guard let buffer = try channel.readOutbound(as: ByteBuffer.self) else { return nil }
        return String(String(buffer: buffer).prefix { $0 != "\r\n" })
    }

    private let request = "GET /echo/a HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `a fresh connection may rest for 75 seconds`() throws {
        pass(74)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive)
    }

    @Test func `a connection may rest for 75 seconds after an answer`() throws {
        pass(50)
        try send(request)
        #expect(try answer() == "HTTP/1.1 200 OK")
        pass(74)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive)
        #expect(try answer() == nil)
    }

    @Test(arguments: ["GET /ec", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"])
    func `a request may arrive for 30 seconds`(beginning: String) throws {
        try send(beginning)
        pass(29)
        #expect(try answer() == nil)
        pass(1)
        #expect(try answer() == "HTTP/1.1 408 Request Timeout")
    }

    @Test func `a byte now and then gains no time`() throws {
        try send("GET /echo/")
        for _ in 0..<30 {
            pass(1)
            try send("a")
        }
        #expect(try answer() == "HTTP/1.1 408 Request Timeout")
    }

    @Test func `a second request has its own 30 seconds`() throws {
        try send("GET /ec")
        pass(20)
        try send("ho/a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try answer() == "HTTP/1.1 200 OK")
        try send("GET /ec")
        pass(29)
        try send("ho/a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try answer() == "HTTP/1.1 200 OK")
    }

    @Test func `a closed connection leaves nothing behind`() throws {
        try send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        _ = try channel.finish()
        #expect(core.load.reservedBodyBytes == 0)
    }
}
