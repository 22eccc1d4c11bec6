import Glibc
package import MartletCore

extension TreeStore {
    /// What some content is; `nil` where not all of it is there. Bytes are not verified.
    /// - Throws: `corrupt` for a damaged list or manifest, `storage`.
    package func content(_ digest: Digest) throws -> KeptContent? {
        if let list = try lists.list(of: digest) {
            guard try contains(digest) else { return nil }
            return KeptContent(digest: digest, kind: list.kind, sizeBytes: list.sizeBytes)
        }
        guard blobs.contains(digest) else { return nil }
        return KeptContent(digest: digest, kind: .file, sizeBytes: try blobs.size(of: digest))
    }

    /// The first bytes of content that is no folder. Not verified. - Throws: `notFound`, `corrupt`, `storage`.
    package func beginning(of digest: Digest, countMax: Int) throws -> [UInt8] {
        let first = blobs.contains(digest) ? digest : try lists.list(of: digest)?.chunks.first?.digest ?? digest
        return try OpenFile(blobs.path(of: first), O_RDONLY).read(at: 0, countMax: countMax)
    }
}
