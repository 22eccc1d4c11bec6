import MartletCore
import NIOCore
import Testing

@testable import MartletServer

struct HTTPResponseTests {
    @Test(arguments: [
        (MartletError.Code.invalidInput, 400), (.notFound, 404), (.conflict, 409), (.limitExceeded, 413), (.overloaded, 429),
        (.unavailable, 503), (.storage, 503), (.gateRefused, 422), (.contractBroken, 422), (.engine, 500),
        (.corrupt, 500), (.locked, 500), (.specificationBroken, 500),
    ])
    func `each kind of error has its status`(code: MartletError.Code, status: Int) {
        #expect(HTTPResponse.failure(MartletError(code, "m")).status == status)
    }

    @Test(arguments: [MartletError.Code.overloaded, .storage])
    func `what may pass invites another try`(code: MartletError.Code) {
        #expect(HTTPResponse.failure(MartletError(code, "m")).headers["retry-after"] == "1")
    }

    @Test(arguments: [(3, "3"), (0, "1"), (-5, "1")])
    func `a refusal says how long to wait, at least a second`(seconds: Int, said: String) {
        #expect(HTTPResponse.busy(429, "m", retryAfter: seconds).headers["retry-after"] == said)
    }

    @Test func `a message becomes JSON`() {
        #expect(HTTPResponse.failure(MartletError(.notFound, "no \"a\"")).body == Array(#"{"error":"no \"a\""}"#.utf8))
    }

    @Test func `the message of the server's own faults stays inside`() {
        let body = HTTPResponse.failure(MartletError(.engine, "secret")).body
        #expect(!String(decoding: body, as: UTF8.self).contains("secret"))
    }
}

struct ResponseEncoderTests {
    private func text(
        _ response: HTTPResponse, isHead: Bool = false, isHTTP10: Bool = false, closes: Bool = false
    ) -> String {
        let framing = ResponseEncoder.Framing(
            requestID: RequestID("id"), date: "now", isHead: isHead, isHTTP10: isHTTP10, closes: closes
        )
        var head = ByteBuffer()
        let body = ResponseEncoder.encode(response, framing, to: &head)
        return String(buffer: head) + (body.map { String(buffer: $0) } ?? "")
    }

    @Test func `an answer is framed by its length`() {
        let expected = "HTTP/1.1 404 Not Found\r\na: b\r\ndate: now\r\nx-request-id: id\r\ncontent-length: 2\r\n\r\nhi"
        #expect(text(HTTPResponse(status: 404, headers: ["a": "b"], body: Array("hi".utf8))) == expected)
    }

    @Test(arguments: [0, 9, 10, 99, 100, 65_537])
    func `a length is written in digits`(size: Int) {
        let text = text(HTTPResponse(status: 200, body: [UInt8](repeating: 0, count: size)), isHead: true)
        #expect(text.contains("\r\ncontent-length: \(size)\r\n"))
    }

    @Test func `fields of any size have room`() {
        let value = String(repeating: "é", count: 10_000)
        #expect(text(HTTPResponse(status: 200, headers: ["x": value])).contains("\r\nx: \(value)\r\n"))
    }

    @Test func `an answer to HEAD has the length and no body`() {
        #expect(text(.text(200, "hello"), isHead: true).hasSuffix("content-length: 5\r\n\r\n"))
    }

    @Test func `an answer without content has no length`() {
        #expect(!text(HTTPResponse(status: 204)).contains("content-length"))
    }

    @Test(arguments: ["Content-Length", "Transfer-Encoding", "connection", "Date", "X-Request-ID"])
    func `a field of the server's own is not taken from a handler`(name: String) {
        #expect(!text(HTTPResponse(status: 200, headers: [name: "99x"])).contains("99x"))
    }

    @Test func `the last answer says so`() {
        #expect(text(.text(200, ""), closes: true).contains("\r\nconnection: close\r\n"))
    }

    @Test func `a kept connection of HTTP 1_0 is told so`() {
        #expect(text(.text(200, ""), isHTTP10: true).contains("\r\nconnection: keep-alive\r\n"))
    }

    @Test(arguments: [64 << 10, (64 << 10) + 1])
    func `a body is whole on both sides of the size that is copied`(size: Int) {
        let response = HTTPResponse(status: 200, body: Array(repeating: 65, count: size))
        #expect(text(response).hasSuffix("\r\n\r\n" + String(repeating: "A", count: size)))
    }

    @Test func `a date is written as RFC 9110 has it`() {
        #expect(HTTPDate.text(of: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }
}

struct HeaderFieldsTests {
    @Test(arguments: ["a\r\nb: c", "a\nb", "a\0b", "\u{7f}"])
    func `a value that breaks the framing is found`(value: String) {
        #expect(HeaderFields([("fine", "x"), ("name", value)]).firstUnsendable == "name")
    }

    @Test(arguments: ["", "a b", "a:", "é", "a\r\n"])
    func `a name that breaks the framing is found`(name: String) {
        #expect(HeaderFields([(name, "x")]).firstUnsendable == name)
    }

    @Test func `setting a field replaces all of its name`() {
        var fields = HeaderFields([("A", "1"), ("a", "2")])
        fields["a"] = "3"
        #expect(fields.values("A") == ["3"])
    }
}

struct RequestIDSourceTests {
    private var source = RequestIDSource(seed: 1)

    @Test func `a sane id is kept`() {
        var source = source
        #expect(source.id(proposed: "abc-1").text == "abc-1")
    }

    @Test(arguments: [nil, "", "a b", "é", "a\nb", String(repeating: "a", count: 129)])
    func `another id gives way to a random UUID`(proposed: String?) throws {
        var source = source
        let pattern = try Regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        #expect(try pattern.wholeMatch(in: source.id(proposed: proposed).text) != nil)
    }

    @Test func `the longest id is kept`() {
        var source = source
        let id = String(repeating: "a", count: 128)
        #expect(source.id(proposed: id).text == id)
    }
}
