import CZlib

/// A way in which a body may be compressed (RFC 9110, section 8.4.1). Both are DEFLATE, in another wrapping.
enum ContentCoding: String, CaseIterable {
    case gzip
    case deflate

    /// What a request's field says of its body.
    enum Declared {
        case plain
        case compressed(ContentCoding)
        case unknown
    }

    /// Reads the value of `Content-Encoding`.
    static func declared(by value: String?) -> Declared {
        guard let name = value?.lowercased(), name != "identity", !name.isEmpty else { return .plain }
        let coding = ContentCoding(rawValue: name == "x-gzip" ? "gzip" : name)
        return coding.map { .compressed($0) } ?? .unknown
    }

    /// zlib's number for the largest window in this coding's wrapping.
    var windowBits: Int32 {
        switch self {
        case .gzip: MAX_WBITS + 16
        case .deflate: MAX_WBITS
        }
    }
}
