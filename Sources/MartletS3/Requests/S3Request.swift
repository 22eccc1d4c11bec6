import MartletCore
import NIOHTTP1

/// One request to S3, apart from who makes it and when.
struct S3Request: Sendable {
    /// What is sent.
    enum Payload: Sendable {
        case none
        case bytes([UInt8])
        /// A range of a file that does not change, with the digest of that range.
        case file(path: String, Range<Int>, Digest)
    }

    let method: HTTPMethod
    /// Empty for the bucket.
    let key: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var payload = Payload.none

    /// The SHA-256 of the payload.
    var digest: Digest {
        switch payload {
        case .none: Self.noBytes
        case .bytes(let bytes): Digest(of: bytes)
        case .file(_, _, let digest): digest
        }
    }

    private static let noBytes = Digest(of: [])
}
