import NIOCore
import Testing

@testable import MartletServer

struct ContentCodingTests {
    @Test(arguments: [
        ("gzip", ContentCoding.gzip), ("deflate", .deflate), ("gzip, deflate", .gzip), ("deflate, gzip;q=0.5", .deflate),
        ("GZIP;Q=1", .gzip), ("br, *", .gzip), ("*;q=0.1, gzip;q=0", .deflate), (" deflate ; q=0.1 ", .deflate),
    ])
    func `the coding that a client likes best is taken`(accepted: String, coding: ContentCoding) {
        #expect(ContentCoding.preferred(by: accepted) == coding)
    }

    @Test(arguments: ["", "br", "identity", "gzip;q=0", "gzip;q=x", "*;q=0", ";,=", "gzipped"])
    func `a client that takes none gets none`(accepted: String) {
        #expect(ContentCoding.preferred(by: accepted) == nil)
    }
}

struct ResponseCompressionTests {
    private let text = HTTPResponse.text(200, String(repeating: "a", count: 1_000))

    @Test(arguments: ContentCoding.allCases)
    func `a large text is compressed and says so`(coding: ContentCoding) throws {
        let small = text.compressed(coding.rawValue, sizeMinBytes: 1_000)
        #expect(small.headers["content-encoding"] == coding.rawValue)
        #expect(small.headers["vary"] == "accept-encoding")
        #expect(small.body.count < 100)
        var restored = ByteBuffer()
        try Inflater(coding).inflate(small.body.buffer, to: &restored, sizeMaxBytes: 1_000)
        #expect(HTTPBody(restored) == text.body)
    }

    @Test func `a small text stays as it is`() {
        #expect(text.compressed("gzip", sizeMinBytes: 1_001).headers["content-encoding"] == nil)
    }

    @Test func `a client that does not ask gets it plain, and caches are told that another may not`() {
        let plain = text.compressed(nil, sizeMinBytes: 1)
        #expect(plain.body == text.body)
        #expect(plain.headers["vary"] == "accept-encoding")
    }

    @Test func `what a handler compressed is not compressed again`() {
        let compressed = text.with("content-encoding", "br")
        #expect(compressed.compressed("gzip", sizeMinBytes: 1).headers["content-encoding"] == "br")
    }

    @Test(arguments: ["application/octet-stream", "image/png"])
    func `what is no text stays as it is`(type: String) {
        let bytes = HTTPResponse.bytes(200, text.body, contentType: type)
        #expect(bytes.compressed("gzip", sizeMinBytes: 1).headers["content-encoding"] == nil)
    }

    @Test func `what would not become smaller stays as it is`() {
        let short = HTTPResponse.text(200, "abc")
        #expect(short.compressed("gzip", sizeMinBytes: 1).body == short.body)
    }
}
