/// The request line and the fields of a request, checked, with what the server itself has to know of them.
final class RequestHead: Sendable {
    enum Framing: Equatable {
        /// The body's size in bytes; zero where there is none.
        case length(Int)
        case chunked
    }

    let method: HTTPRequest.Method
    let target: RequestTarget
    let headers: HeaderFields
    let isHTTP10: Bool
    let keepsAlive: Bool
    let framing: Framing
    /// The value of `X-Request-ID`.
    let requestID: String?
    /// The value of `Expect`; `nil` in HTTP/1.0, which lacks it.
    let expectation: String?
    /// The value of `Content-Encoding`.
    let contentCoding: String?

    /// - Throws: `RequestFault` where the fields contradict one another.
    init(_ method: HTTPRequest.Method, _ target: RequestTarget, isHTTP10: Bool, _ block: FieldBlock, _ fields: HeadFields) throws {
        self.method = method
        self.target = target
        self.isHTTP10 = isHTTP10
        headers = HeaderFields(block)
        framing = try fields.framing(isHTTP10: isHTTP10)
        keepsAlive = fields.keepsAlive(isHTTP10: isHTTP10)
        requestID = fields.requestID
        expectation = isHTTP10 ? nil : fields.expectation
        contentCoding = fields.contentCoding
    }

    /// The head of a request that comes from within the process.
    init(_ method: HTTPRequest.Method, _ target: RequestTarget, _ headers: HeaderFields) {
        self.method = method
        self.target = target
        self.headers = headers
        isHTTP10 = false
        framing = .length(0)
        keepsAlive = true
        (requestID, expectation, contentCoding) = (nil, nil, nil)
    }
}
