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

@Suite struct SearchPageSizeTests {
    @Test(arguments: SearchKind.allCases) func `sizes between one and the largest are taken`(kind: SearchKind) throws {
        #expect(try SearchPageSize.checked(1, for: kind) == 1)
        #expect(try SearchPageSize.checked(SearchPageSize.largest(for: kind), for: kind) == SearchPageSize.largest(for: kind))
        #expect(throws: MartletError.self) { try SearchPageSize.checked(SearchPageSize.largest(for: kind) + 1, for: kind) }
        #expect(throws: MartletError.self) { try SearchPageSize.checked(-1, for: kind) }
        #expect(try SearchPageSize.checked(nil, for: kind) == SearchPageSize.standard(for: kind))
    }

    @Test(arguments: [
        (SearchKind.runs, 0, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"),
        (.experiments, 50_001, "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"),
        (.modelVersions, 0, "Invalid value for max_results. It must be a positive integer, but got 0"),
        (
            .runs, 50_001,
            "Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
        ),
    ])
    func `other sizes are refused in MLflow's words`(kind: SearchKind, size: Int, message: String) {
        let error = #expect(throws: MartletError.self) { try SearchPageSize.checked(size, for: kind) }
        #expect(error?.message == message)
    }
}
