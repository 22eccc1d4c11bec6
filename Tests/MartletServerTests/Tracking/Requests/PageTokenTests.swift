import MartletRegistry
import Testing

@testable import MartletServer

struct PageTokenTests {
    @Test func `a token is what MLflow gives for the same place`() throws {
        #expect(PageToken.text(offset: 2, hasMore: true) == "eyJvZmZzZXQiOiAyfQ==")
        #expect(PageToken.text(offset: 2, hasMore: false) == nil)
        #expect(try PageToken.offset(of: "eyJvZmZzZXQiOiAyfQ==") == 2)
    }

    @Test func `the first page needs no token`() throws {
        #expect(try PageToken.offset(of: nil) == 0)
        #expect(try PageToken.offset(of: "") == 0)
    }

    private static func token(_ text: String) -> String { Base64.text(Array(text.utf8)) }

    @Test(arguments: [
        ("abc", "could not base64-decode"), ("é", "could not base64-decode"), (token("abc"), "decoded value=b'abc'"), (token("{}"), "parsed value={}"),
        (token(#"{"offset": 0}"#), "parsed value={'offset': 0}"),
        (token(#"{"a": [1.0, null, true], "offset": ""}"#), "parsed value={'a': [1.0, None, True], 'offset': ''}"),
        (token(#"{"offset": "x"}"#), "not stringable x"), (token(#"{"offset": [1]}"#), "not stringable [1]"),
    ])
    func `a token that is none is refused in MLflow's words`(token: String, reason: String) {
        #expect(throws: TrackingFault(.invalidParameterValue, "Invalid page token, \(reason)")) { try PageToken.offset(of: token) }
    }

    @Test func `a token of a list is a fault of the server to MLflow`() {
        #expect(throws: TrackingFault(.internalError, "'list' object has no attribute 'get'")) { try PageToken.offset(of: Self.token("[1]")) }
    }

    @Test(arguments: [(#"{"offset": "7"}"#, 7), (#"{"offset": 7.9}"#, 7), (#"{"offset": -3}"#, 0), (#"{"offset": true}"#, 1)] as [(String, Int64)])
    func `an offset is read as Python's int reads it`(text: String, offset: Int64) throws {
        #expect(try PageToken.offset(of: Self.token(text)) == offset)
    }

    @Test func `base64 reads back what it wrote, with line ends between`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151) }
            let text = Base64.text(bytes)
            #expect(Base64.bytes(text) == bytes)
            #expect(Base64.bytes(text.map { "\($0)\n" }.joined()) == bytes)
        }
    }
}
