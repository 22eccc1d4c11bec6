package import MartletCore

/// One answer, in memory but for a body that may be read as it is sent.
///
/// The server itself writes `content-length`, `connection`, `date` and `x-request-id`; what a handler sets under the
/// first three names is not sent.
package struct HTTPResponse: Sendable {
    /// The status, from 200 to 599.
    package var status: Int
    /// The header fields.
    package var headers: HeaderFields
    /// The body; empty where there is none.
    package var body: HTTPBody
    /// Sent behind the body, which is then empty, as the client takes it; `nil` where the body is all.
    package var source: ResponseSource?
    /// Whether whoever asks again changes nothing, as with `GET`: such an answer is refused where it finds no room.
    package var isRepeatable = false

    /// Makes an answer.
    package init(status: Int, headers: HeaderFields = [:], body: HTTPBody = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Makes an answer whose body is read as the client takes it.
    package init(status: Int, headers: HeaderFields, source: ResponseSource) {
        self.init(status: status, headers: headers)
        self.source = source
    }

    /// Makes an answer of a range of a file.
    package init(status: Int, headers: HeaderFields, file: ResponseFile) {
        self.init(status: status, headers: headers, source: .file(file))
    }

    /// The size of the body in bytes, wherever it is.
    var contentLength: Int { source?.sizeBytes ?? body.count }

    /// Makes an answer of an array's bytes.
    package init(status: Int, headers: HeaderFields = [:], body: [UInt8]) {
        self.init(status: status, headers: headers, body: HTTPBody(body))
    }

    /// Bytes of a media type.
    package static func bytes(_ status: Int, _ body: HTTPBody, contentType: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["content-type": contentType], body: body)
    }

    /// An array's bytes of a media type.
    package static func bytes(_ status: Int, _ body: [UInt8], contentType: String) -> HTTPResponse {
        bytes(status, HTTPBody(body), contentType: contentType)
    }

    /// A JSON value, in canonical text.
    package static func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
        bytes(status, Array(value.canonicalText.utf8), contentType: "application/json")
    }

    /// Plain text.
    package static func text(_ status: Int, _ text: String) -> HTTPResponse {
        bytes(status, Array(text.utf8), contentType: "text/plain; charset=utf-8")
    }

    /// `{"error": message}`.
    package static func error(_ status: Int, _ message: String) -> HTTPResponse {
        json(status, ["error": .string(message)])
    }

    /// This answer with one header field set.
    package func with(_ name: String, _ value: String) -> HTTPResponse {
        var changed = self
        changed.headers[name] = value
        return changed
    }
}

extension HTTPResponse {
    /// How long a client is asked to wait before it tries again, in seconds.
    package static let retryAfterSeconds = 1

    /// The answer that an error becomes; the message of a kind that clients cannot mend stays inside.
    package static func failure(_ error: MartletError) -> HTTPResponse {
        switch error.code {
        case .invalidInput: .error(400, error.message)
        case .notFound: .error(404, error.message)
        case .conflict: .error(409, error.message)
        case .gateRefused, .contractBroken: .error(422, error.message)
        case .limitExceeded: .error(413, error.message)
        case .overloaded: .busy(429, error.message, retryAfter: Int((error.retryAfterSeconds ?? 1).rounded(.up)))
        case .expired: .error(504, error.message)
        case .unavailable: .error(503, error.message)
        case .storage: .busy(503, error.message)
        case .full: .error(507, error.message)
        default: .internalFailure
        }
    }

    /// A refusal that invites another try.
    /// - Parameter seconds: how long to wait before it, in whole seconds, at least one.
    package static func busy(_ status: Int, _ message: String, retryAfter seconds: Int = retryAfterSeconds) -> HTTPResponse {
        .error(status, message).with("retry-after", String(max(1, seconds)))
    }

    /// The answer to a fault of the server's own, without any detail of it.
    package static let internalFailure = HTTPResponse.error(
        500, "the server failed; its log has the cause under this answer's x-request-id"
    )
}
