/// Why bytes are not a request that this server takes. Where the next request begins is then unknown, so that the connection ends.
struct RequestFault: Error, Equatable {
    /// What is wrong with how a body was compressed.
    enum CodingFault: Equatable {
        case broken(String)
        case unknown(String)
    }

    let status: Int
    let message: String
    var coding: CodingFault?
    /// The content codings that are taken, for `415`.
    var codings = ContentCoding.allCases.map(\.rawValue).joined(separator: ", ")

    static func malformed(_ reason: String) -> RequestFault {
        RequestFault(status: 400, message: "the request is not valid HTTP/1.1: \(reason); the connection is closed")
    }

    static func busy(_ message: String) -> RequestFault { RequestFault(status: 503, message: message) }

    static func headTooLarge(_ limits: RequestLimits) -> RequestFault {
        RequestFault(status: 431, message: "the header is larger than the limit of \(limits.headSizeMaxBytes) bytes; send less in it")
    }

    static func tooManyFields(_ limits: RequestLimits) -> RequestFault {
        RequestFault(status: 431, message: "there are more header fields than the limit of \(limits.fieldCountMax); send fewer")
    }
}

/// How large the parts of a request may be, beside the body.
struct RequestLimits {
    /// Request line and fields in bytes; trailers again as many.
    let headSizeMaxBytes: Int
    /// Fields of the head; trailers again as many.
    let fieldCountMax: Int
}

extension HTTPResponse {
    /// The refusal that a fault becomes.
    static func failure(_ fault: RequestFault) -> HTTPResponse {
        switch fault.status {
        case 503: return .busy(503, fault.message)
        case 415:
            // RFC 9110, section 15.5.16: says which codings there are.
            return .error(415, fault.message).with("accept-encoding", fault.codings)
        default: return .error(fault.status, fault.message)
        }
    }
}
