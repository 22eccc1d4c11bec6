import NIOCore
import Testing

@testable import MartletServer

struct RequestParserTests {
    private func post(_ fields: String, _ body: String = "") -> String { "POST /a HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)" }

    private func bodies(_ text: String) -> [String] {
        let parsed = ParsedRequests(text)
        #expect(parsed.fault == nil)
        return parsed.requests.map { String(decoding: $0.body, as: UTF8.self) }
    }

    // MARK: What is taken

    @Test func `a head is taken apart`() {
        let parsed = ParsedRequests("PURGE /a/b HTTP/1.1\r\nHost: a:80\r\nX-Empty:\r\nX-Two:\t b c \t\r\n\r\n")
        #expect(parsed.requests.map(\.method) == ["PURGE"])
        #expect(parsed.requests.map(\.path) == ["/a/b"])
        #expect(parsed.requests.map(\.headers) == [["Host: a:80", "X-Empty: ", "X-Two: b c"]])
    }

    @Test func `requests follow one another without a gap`() {
        #expect(bodies(post("Content-Length: 2\r\n", "hi") + post("") + post("content-length: 1\r\n", "x")) == ["hi", "", "x"])
    }

    @Test func `chunks are put together, and trailers are dropped`() {
        let text = post("Transfer-Encoding: Chunked\r\n", "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n00\r\nX-Sum: 1\r\n\r\n")
        #expect(bodies(text + post("")) == ["abc0123456789", ""])
    }

    @Test func `empty lines before a request are ignored`() {
        #expect(bodies("\r\n\r\n" + post("") + "\r\n" + post("")) == ["", ""])
    }

    @Test func `a half empty line is waited for`() {
        #expect(ParsedRequests("\r").requests.isEmpty)
    }

    @Test(arguments: ["HTTP/1.1", "HTTP/1.2", "HTTP/1.9"])
    func `a later version 1 is taken as 1_1`(version: String) throws {
        var parser = RequestParser(limits: RequestLimits(headSizeMaxBytes: 100, fieldCountMax: 4))
        parser.feed(ByteBuffer(string: "GET / \(version)\r\nHost: a\r\n\r\n"))
        let head = try #require(try parser.head())
        #expect(!head.isHTTP10)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false), ("HTTP/1.1", "Connection: x , CLOSE\r\n", false),
        ("HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\n", false), ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", true), ("HTTP/1.1", "Connection: closed\r\n", true),
    ])
    func `a connection is kept as version and fields say`(version: String, fields: String, keepsAlive: Bool) throws {
        var parser = RequestParser(limits: RequestLimits(headSizeMaxBytes: 200, fieldCountMax: 4))
        parser.feed(ByteBuffer(string: "GET / \(version)\r\nHost: a\r\n\(fields)\r\n"))
        let head = try #require(try parser.head())
        #expect(head.keepsAlive == keepsAlive)
    }

    // MARK: What is refused

    @Test(arguments: [
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\r\nHost: a\r\n\r\n", "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "GET / HTTP/1.\r\nHost: a\r\n\r\n", "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /é HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\r\n\n", "\n", ": \r\n\r\n",
    ])
    func `a request line that is not exactly one is refused`(text: String) {
        #expect(ParsedRequests(text).fault?.status == 400)
    }

    @Test(arguments: [
        "X : a", " X: a", "X", ": a", "X\0: a", "é: a", "X: a\u{0}b", "X: a\rb", "X: a\u{7f}", "X: a\r\n folded", "X[1]: a",
    ])
    func `a field that is not exactly one is refused`(field: String) {
        #expect(ParsedRequests(post("\(field)\r\n")).fault?.status == 400)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
    ])
    func `another number of hosts than one is refused`(text: String) {
        #expect(ParsedRequests(text).fault?.status == 400)
    }

    @Test(arguments: [
        "Content-Length: 1\r\nContent-Length: 1", "Content-Length: 1, 1", "Content-Length: +1", "Content-Length: -1", "Content-Length:",
        "Content-Length: 0x1", "Content-Length: 1 1", "Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 1",
    ])
    func `a length that two readers may read in two ways is refused`(fields: String) {
        #expect(ParsedRequests(post("\(fields)\r\n", "0\r\n\r\n")).fault?.status == 400)
    }

    @Test(arguments: ["gzip, chunked", "chunked, chunked", "identity", "chunked\r\nTransfer-Encoding: chunked", "xchunked", ""])
    func `another transfer coding than chunked is refused`(coding: String) {
        #expect(ParsedRequests(post("Transfer-Encoding: \(coding)\r\n")).fault?.status == 501)
    }

    @Test func `chunks in HTTP 1_0 are refused`() {
        #expect(ParsedRequests("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").fault?.status == 400)
    }

    @Test(arguments: [
        "\r\n", "x\r\n", "-1\r\n", "0x3\r\nabc\r\n", " 3\r\nabc\r\n", "3 x\r\nabc\r\n", "3\nabc\r\n", "3\r\nabcd\r\n", "3\r\nabc\n\n",
        "1234567890abcdef\r\n", "3;\u{1}\r\nabc\r\n", "0\r\nBad Name: x\r\n\r\n", "0\r\n\n", "0\r\nX: a\n\r\n",
    ])
    func `chunks that are not exactly such are refused`(body: String) {
        #expect(ParsedRequests(post("Transfer-Encoding: chunked\r\n", body)).fault?.status == 400)
    }

    // MARK: Limits

    private func parsed(_ text: String, size: Int, count: Int = 10) -> ParsedRequests {
        ParsedRequests([Array(text.utf8)], limits: RequestLimits(headSizeMaxBytes: size, fieldCountMax: count))
    }

    @Test func `a head may have exactly as many bytes as the limit`() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(parsed(text, size: text.utf8.count).requests.count == 1)
        #expect(parsed(text, size: text.utf8.count - 1).fault?.status == 431)
    }

    @Test func `a head that never ends is refused at the limit`() {
        #expect(parsed("GET /" + String(repeating: "a", count: 96), size: 100).fault?.status == 431)
    }

    @Test func `a head may have exactly as many fields as the limit`() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n"
        #expect(parsed(text, size: 100, count: 2).requests.count == 1)
        #expect(parsed(text, size: 100, count: 1).fault?.status == 431)
    }

    @Test func `trailers have the limits of a head`() {
        let text = post("Transfer-Encoding: chunked\r\n", "0\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n")
        #expect(parsed(text, size: 100, count: 2).fault?.status == 431)
        #expect(parsed(text, size: 100, count: 3).fault == nil)
    }

    @Test func `extensions of chunks are bounded, also all together`() {
        let chunk = "1;\(String(repeating: "a", count: 1_000))\r\nx\r\n"
        #expect(ParsedRequests(post("Transfer-Encoding: chunked\r\n", "1;\(String(repeating: "a", count: 1_030))")).fault?.status == 400)
        #expect(ParsedRequests(post("Transfer-Encoding: chunked\r\n", String(repeating: chunk, count: 16))).fault == nil)
        #expect(ParsedRequests(post("Transfer-Encoding: chunked\r\n", String(repeating: chunk, count: 17))).fault?.status == 400)
    }

    @Test(arguments: ["9223372036854775807", "9223372036854775808", "99999999999999999999999999"])
    func `a length beyond all numbers is only large`(length: String) throws {
        var parser = RequestParser(limits: RequestLimits(headSizeMaxBytes: 200, fieldCountMax: 4))
        parser.feed(ByteBuffer(string: post("Content-Length: \(length)\r\n")))
        let head = try #require(try parser.head())
        #expect(head.framing == .length(.max))
    }
}
