import MartletCore
import Testing

@testable import MartletRegistry

@Suite struct PageTokenTests {
    @Test func `a token is written as MLflow writes it and read again`() throws {
        #expect(PageToken(offset: 1000).text == "eyJvZmZzZXQiOiAxMDAwfQ==")
        #expect(try PageToken(parsing: "eyJvZmZzZXQiOiAxMDAwfQ==").offset == 1000)
    }

    @Test func `no token is the first page`() throws {
        #expect(try PageToken(parsing: "").offset == 0)
    }

    @Test(arguments: [
        ("eyJvZmZzZXQiOiAiMTIifQ==", 12), ("eyJvZmZzZXQiOiA1Ljl9", 5), ("eyJvZmZzZXQiOiB0cnVlfQ==", 1),
        ("eyJv!ZmZz\nZXQiOiAxMDAwfQ==", 1000),
        ("eyJvZmZzZXQiOiAtNX0=", 0),
    ])
    func `what Python's int reads is an offset, none below zero`(token: String, offset: Int) throws {
        #expect(try PageToken(parsing: token).offset == offset)
    }

    @Test(arguments: [
        ("A", "Invalid page token, could not base64-decode"),
        ("abcde", "Invalid page token, could not base64-decode"),
        ("日本", "Invalid page token, could not base64-decode"),
        ("YWJj", "Invalid page token, decoded value=b'abc'"),
        ("/yfg", #"Invalid page token, decoded value=b"\xff'\xe0""#),
        ("e30=", "Invalid page token, parsed value={}"),
        ("eyJvZmZzZXQiOiAwfQ==", "Invalid page token, parsed value={'offset': 0}"),
        ("eyJvZmZzZXQiOiBudWxsfQ==", "Invalid page token, parsed value={'offset': None}"),
        ("eyJvZmZzZXQiOiAiYWJjIn0=", "Invalid page token, not stringable abc"),
        ("WzFd", "Invalid page token, parsed value=[1]"),
    ])
    func `a token that MLflow refuses is refused in its words`(token: String, message: String) {
        let error = #expect(throws: MartletError.self) { try PageToken(parsing: token) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message == message)
    }
}
