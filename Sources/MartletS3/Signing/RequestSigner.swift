import MartletCore

/// Signs requests after AWS's Signature Version 4, with the signature in the header.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
struct RequestSigner: Sendable {
    /// What of a request is signed.
    struct Request {
        let method: String
        /// Percent-encoded, as it is sent.
        let path: String
        /// Plain, in any order.
        var query: [(name: String, value: String)] = []
        /// All fields, `host` and `x-amz-date` among them.
        let headers: [(name: String, value: String)]
        /// The SHA-256 of the body, in lower-case hexadecimal digits.
        let payloadDigest: String
    }

    let credentials: S3Credentials
    let region: String
    var service = "s3"

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// The value of the field `authorization`. - Parameter time: as in `x-amz-date`.
    func authorization(_ request: Request, at time: Timestamp) -> String {
        let fields = Self.canonicalHeaders(request.headers)
        let signed = fields.map(\.name).joined(separator: ";")
        let scope = "\(Self.date(time))/\(region)/\(service)/aws4_request"
        let text = [Self.algorithm, Self.time(time), scope, Digest(of: Self.canonical(request, fields, signed)).hex].joined(separator: "\n")
        let signature = Hexadecimal.text(KeyedDigest.sha256(of: Array(text.utf8), key: key(at: time)))
        return "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(signed), Signature=\(signature)"
    }

    /// The text whose digest is signed.
    static func canonicalRequest(_ request: Request) -> String {
        let fields = canonicalHeaders(request.headers)
        return canonical(request, fields, fields.map(\.name).joined(separator: ";"))
    }

    private static func canonical(_ request: Request, _ fields: [(name: String, value: String)], _ signed: String) -> String {
        let lines = fields.map { "\($0.name):\($0.value)\n" }.joined()
        return [request.method, request.path, URIText.query(request.query), lines, signed, request.payloadDigest].joined(separator: "\n")
    }

    private func key(at time: Timestamp) -> [UInt8] {
        [Self.date(time), region, service, "aws4_request"].reduce(Array("AWS4\(credentials.secretAccessKey)".utf8)) { key, text in
            KeyedDigest.sha256(of: Array(text.utf8), key: key)
        }
    }

    /// Names in lower case and in order, values of one name joined, runs of spaces made one.
    private static func canonicalHeaders(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for (name, value) in headers {
            values[name.lowercased(), default: []].append(value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " "))
        }
        return values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value.joined(separator: ",")) }
    }

    /// A time as `20130524T000000Z`.
    static func time(_ time: Timestamp) -> String {
        String(time.description.prefix(19).filter { $0 != "-" && $0 != ":" }) + "Z"
    }

    private static func date(_ time: Timestamp) -> String { String(Self.time(time).prefix(8)) }
}

/// Queries as AWS wants them to be signed.
enum URIText {
    /// A query, in the order of its encoded names and values.
    static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { (PercentEncoding.encoded($0.name), PercentEncoding.encoded($0.value)) }
            .sorted { $0.0 == $1.0 ? $0.1.utf8.lexicographicallyPrecedes($1.1.utf8) : $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }
}
