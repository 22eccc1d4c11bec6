import MartletCore

/// A bucket and what its keys begin with, as `s3://bucket/prefix` says it.
package struct S3Address: Sendable, Equatable, CustomStringConvertible {
    /// The longest prefix, in bytes; S3's keys have at most 1,024.
    private static let prefixSizeMaxBytes = 512

    let bucket: String
    /// Names between slashes; may be empty.
    let prefix: String

    /// Reads an address. - Throws: `invalidInput`.
    package init(_ text: String) throws {
        guard text.hasPrefix("s3://") else { throw Self.refusal(text, "expected s3://bucket/prefix") }
        let parts = text.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = String(parts[0])
        let rest = parts.count > 1 ? parts[1] : ""
        prefix = String(rest.hasSuffix("/") ? rest.dropLast() : rest)
        guard Self.isBucket(bucket) else {
            throw Self.refusal(text, "expected a bucket of 3 to 63 lower-case letters, digits, '-' and '.', found '\(bucket.prefix(80))'")
        }
        guard Self.isPrefix(prefix) else {
            throw Self.refusal(
                text, "expected names between slashes behind the bucket, of at most \(Self.prefixSizeMaxBytes) bytes together")
        }
    }

    private static func refusal(_ text: String, _ reason: String) -> MartletError {
        MartletError(.invalidInput, "'\(text.prefix(200))' is no place on S3: \(reason)")
    }

    private static func isBucket(_ name: String) -> Bool {
        let isLetter = { (byte: UInt8) in (97...122).contains(byte) || (48...57).contains(byte) }
        guard (3...63).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else { return false }
        return isLetter(first) && isLetter(last) && name.utf8.allSatisfy { isLetter($0) || $0 == 45 || $0 == 46 }
    }

    private static func isPrefix(_ prefix: String) -> Bool {
        guard !prefix.isEmpty else { return true }
        return prefix.utf8.count <= prefixSizeMaxBytes
            && prefix.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && prefix.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != 0x3f && $0 != 0x23 }
    }

    package var description: String { prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)" }

    /// The key of a name below the prefix.
    func key(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix)/\(name)" }

    /// The key of content.
    func key(of digest: Digest) -> String { key("\(digest.hex.prefix(2))/\(digest.hex)") }

    /// The digest that a key names; `nil` for the key of anything else.
    func digest(ofKey key: String) -> Digest? {
        guard let digest = Digest(String(key.utf8.suffix(64)) ?? ""), self.key(of: digest).utf8.elementsEqual(key.utf8) else { return nil }
        return digest
    }
}
