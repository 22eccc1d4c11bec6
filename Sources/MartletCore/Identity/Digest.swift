import COpenSSL

#if canImport(Glibc)
import Glibc
#endif

/// The SHA-256 of some bytes: the name of a snapshot, a blob, a step key or a release.
///
/// Written `sha256:` and 64 lower-case hexadecimal digits (FIPS 180-4).
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible, LosslessStringConvertible {
    /// The 64 hexadecimal digits.
    public let hex: String

    /// Reads `sha256:…` or bare hexadecimal digits; `nil` for anything else.
    public init?(_ text: String) {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
        let isHex = digits.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard digits.utf8.count == 64, isHex else { return nil }
        hex = String(digits)
    }

    fileprivate init(bytes: [UInt8]) {
        precondition(bytes.count == 32)
        hex = Hexadecimal.text(bytes)
    }

    /// The digest of bytes in memory. - Complexity: O(bytes).
    public init(of bytes: some Sequence<UInt8>) {
        var hasher = DigestHasher()
        hasher.update(Array(bytes))
        self = hasher.finish()
    }

    /// The digest of a text's UTF-8.
    public init(of text: String) { self.init(of: Array(text.utf8)) }

    /// The digest of a value's canonical JSON.
    public init(of value: JSONValue) { self.init(of: value.canonicalText) }

    /// `sha256:` and all digits.
    public var description: String { "sha256:\(hex)" }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        guard let bytes = Hexadecimal.bytes(hex) else { preconditionFailure("a digest is made of hexadecimal digits") }
        return bytes
    }

    /// The first twelve digits, for people.
    public var short: String { String(hex.prefix(12)) }

    /// Orders digests by their digits.
    public static func < (left: Digest, right: Digest) -> Bool { left.hex < right.hex }
}

extension Digest: Codable {
    /// Reads the digest from its text.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let digest = Digest(text) else {
            throw MartletError(.corrupt, "expected a digest 'sha256:' and 64 hexadecimal digits, found '\(text.prefix(80))'")
        }
        self = digest
    }

    /// Writes the digest as its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Digests bytes that arrive piece by piece.
package struct DigestHasher: ~Copyable {
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("libcrypto has no SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(status == 1, "EVP_DigestUpdate failed")
    }

    package consuming func finish() -> Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        let status = EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(status == 1, "EVP_DigestFinal_ex failed")
        return Digest(bytes: bytes)
    }
}

extension Digest {
    /// The digest of a file's bytes, read in pieces of 1 MiB.
    /// - Throws: `MartletError` with code `notFound` or `storage`.
    package init(ofFile path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MartletError.io("open", path, errno: errno) }
        defer { close(descriptor) }
        var hasher = DigestHasher()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count == 0 { break }
            guard count > 0 else { throw MartletError.io("read", path, errno: errno) }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        self = hasher.finish()
    }
}

extension MartletError {
    /// The error of a failed system call on a path, with the operating system's own words.
    package static func io(_ action: String, _ path: String, errno number: Int32) -> MartletError {
        let reason = String(cString: strerror(number))
        let hint =
            switch number {
            case ENOSPC, EDQUOT, EFBIG: "; free some space on that disk"
            case EACCES, EPERM, EROFS: "; check its permissions"
            default: ""
            }
        return MartletError(number == ENOENT ? .notFound : .storage, "cannot \(action) '\(path)': \(reason)\(hint)")
    }
}
