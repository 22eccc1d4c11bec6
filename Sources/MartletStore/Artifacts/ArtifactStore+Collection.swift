import Glibc
package import MartletCore

/// What a collector found: content that nothing refers to.
package struct UnreferencedBlob: Sendable, Equatable {
    package let digest: Digest
    package let sizeBytes: Int
}

/// The collection of content that nothing refers to any more.
extension ArtifactStore {
    /// How many blobs are removed in one transaction, so that no write waits long.
    private static let groupCount = 64

    /// The blobs that no artifact refers to and that were last put before a time.
    /// - Parameter isNeeded: whether anything else in the home refers to a blob: steps keep theirs in the same folder.
    package func unreferencedBlobs(
        before limit: Timestamp, unless isNeeded: @Sendable (Digest) throws -> Bool
    ) async throws -> [UnreferencedBlob] {
        let old = try blobs.digests().compactMap { digest in try blobs.stale(digest, before: limit) }
        var found: [UnreferencedBlob] = []
        for start in stride(from: 0, to: old.count, by: Self.groupCount) {
            let group = Array(old[start..<min(start + Self.groupCount, old.count)])
            found += try await database.read { connection in try group.filter { try !connection.refers(to: $0.digest) } }
        }
        return try found.filter { try !isNeeded($0.digest) }
    }

    /// Whether there is any artifact. Where there is none, it may be another home's database.
    package func hasArtifacts() async throws -> Bool { try await database.read { try $0.exists("SELECT 1 FROM artifact_files LIMIT 1") } }

    /// Removes blobs that were found to be unreferenced, but for those that were put or referred to since.
    /// - Parameter limit: the same as they were found with.
    /// - Returns: those that were removed.
    @discardableResult
    package func collect(_ found: [UnreferencedBlob], before limit: Timestamp) async throws -> [UnreferencedBlob] {
        var removed: [UnreferencedBlob] = []
        for start in stride(from: 0, to: found.count, by: Self.groupCount) {
            let group = Array(found[start..<min(start + Self.groupCount, found.count)])
            removed += try await database.write { [blobs] connection in
                // Who keeps an artifact looks for its blob after its row is written, so that one of the two sees the other.
                if connection.dialect == .postgresql { try connection.execute("LOCK TABLE artifact_files IN SHARE ROW EXCLUSIVE MODE") }
                return try group.filter { blob in
                    guard try !connection.refers(to: blob.digest), try blobs.stale(blob.digest, before: limit) != nil else { return false }
                    return try blobs.remove(blob.digest)
                }
            }
        }
        return removed
    }
}

extension SQLConnection {
    fileprivate func refers(to digest: Digest) throws -> Bool {
        try exists("SELECT 1 FROM artifact_files WHERE digest = ? LIMIT 1", [.text(digest.hex)])
    }
}

extension BlobStore {
    /// All blobs there are.
    fileprivate func digests() throws -> [Digest] {
        try Directory.names(in: path).flatMap { try Directory.names(in: "\(path)/\($0)").compactMap { Digest($0) } }
    }

    /// A blob that was last put before a time; `nil` where it was put later, or is gone.
    fileprivate func stale(_ digest: Digest, before limit: Timestamp) throws -> UnreferencedBlob? {
        var status = stat()
        guard lstat(path(of: digest), &status) == 0 else {
            if errno == ENOENT { return nil }
            throw MartletError.io("look at", path(of: digest), errno: errno)
        }
        let putAt = Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1_000
        return putAt < limit.microseconds ? UnreferencedBlob(digest: digest, sizeBytes: Int(status.st_size)) : nil
    }

    /// - Returns: whether there was such a blob.
    fileprivate func remove(_ digest: Digest) throws -> Bool {
        if unlink(path(of: digest)) == 0 { return true }
        if errno == ENOENT { return false }
        throw MartletError.io("remove", path(of: digest), errno: errno)
    }
}
