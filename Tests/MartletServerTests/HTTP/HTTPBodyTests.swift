import MartletCore
import NIOCore
import Testing

@testable import MartletServer

struct HTTPBodyTests {
    private static let bytes: [UInt8] = [1, 2, 3]
    private static let bodies = [HTTPBody(bytes), HTTPBody(ByteBuffer(bytes: bytes))]

    @Test(arguments: bodies)
    func `a body is the collection of its bytes`(body: HTTPBody) {
        #expect(body.count == 3)
        #expect(Array(body) == Self.bytes)
        #expect(body.bytes == Self.bytes)
        #expect(body == Self.bytes)
        #expect(body.prefix(2).elementsEqual([1, 2]))
    }

    @Test(arguments: bodies)
    func `bodies of equal bytes are equal, wherever those are`(body: HTTPBody) {
        #expect(body == HTTPBody([1, 2, 3]))
        #expect(body != HTTPBody([1, 2, 4]))
    }

    @Test func `a buffer is lent without a copy`() {
        let buffer = ByteBuffer(bytes: Self.bytes)
        let lent = HTTPBody(buffer).withUnsafeBytes { $0.baseAddress }
        #expect(buffer.withUnsafeReadableBytes { $0.baseAddress } == lent)
    }

    @Test func `an empty body is lent as no bytes`() {
        #expect(HTTPBody().withUnsafeBytes(\.count) == 0)
    }

    @Test func `a body is read as JSON`() throws {
        let body = HTTPBody(ByteBuffer(string: #"{"a":1}"#))
        #expect(try JSONValue(parsing: body, as: "the body") == ["a": 1])
    }
}
