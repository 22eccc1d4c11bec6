import Glibc
package import MartletCore

/// Content of artifacts among the blobs of a home.
package struct BlobContent: ContentStore {
    private let blobs: BlobStore

    /// The blobs of a home that was prepared.
    package init(home: Home) { blobs = BlobStore(home: home) }

    package var address: String { ContentPlace.home }
    package var isClaimed: Bool { false }

    package func owner() -> String? { nil }
    package func claim(for owner: String) -> String { owner }
    package func close() {}

    package func put(_ content: UploadedContent) throws {
        try blobs.put(moving: content.path, as: content.digest, sizeBytes: content.sizeBytes)
    }

    package func open(_ digest: Digest, sizeBytes: Int) throws -> OpenContent? {
        do {
            return .file(HeldFile(try OpenFile(blobs.path(of: digest), O_RDONLY)))
        } catch let error as MartletError where error.code == .notFound {
            return nil
        }
    }

    /// The blobs of the next folder that holds any.
    package func list(after digest: Digest?) throws -> [StoredContent] {
        for shard in try Directory.names(in: blobs.path) {
            if let digest, shard.utf8.lexicographicallyPrecedes(digest.hex.prefix(2).utf8) { continue }
            let digests = try Directory.names(in: "\(blobs.path)/\(shard)").compactMap { Digest($0) }
            let found = try digests.filter { other in digest.map { $0 < other } ?? true }.compactMap(stored)
            if !found.isEmpty { return found }
        }
        return []
    }

    package func remove(_ digest: Digest, before limit: Timestamp) throws -> Bool {
        guard let blob = try stored(digest), blob.putAt < limit else { return false }
        if unlink(blobs.path(of: digest)) == 0 { return true }
        if errno == ENOENT { return false }
        throw MartletError.io("remove", blobs.path(of: digest), errno: errno)
    }

    /// A blob as it is now; `nil` where it is gone.
    private func stored(_ digest: Digest) throws -> StoredContent? {
        var status = stat()
        guard lstat(blobs.path(of: digest), &status) == 0 else {
            if errno == ENOENT { return nil }
            throw MartletError.io("look at", blobs.path(of: digest), errno: errno)
        }
        let putAt = Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1_000
        return StoredContent(digest: digest, sizeBytes: Int(status.st_size), putAt: Timestamp(microseconds: putAt))
    }
}
