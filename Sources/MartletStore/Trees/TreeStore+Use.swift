import Glibc
package import MartletCore

/// A file of a home that some content needs.
struct NeededFile: Sendable, Equatable {
    let digest: Digest
    /// Whether it is a list of chunks rather than a blob.
    let isList: Bool
    /// `nil` where nothing says it.
    let sizeBytes: Int?
}

extension TreeStore {
    /// The files of the home that some content needs, whether they are there or not.
    func neededFiles(of digest: Digest) throws -> [NeededFile] {
        guard let list = try lists.list(of: digest) else { return [NeededFile(digest: digest, isList: false, sizeBytes: nil)] }
        var files = Self.neededFiles(of: digest, list)
        guard list.kind == .folder, files.dropFirst().allSatisfy(isThere) else { return files }
        for record in try tree(digest).keptAlone { files += try neededFiles(of: record) }
        return files
    }

    private static func neededFiles(of digest: Digest, _ list: ContentList) -> [NeededFile] {
        let parts = list.parts.map { NeededFile(digest: $0.digest, isList: false, sizeBytes: $0.sizeBytes) }
        let whole = list.chunks.isEmpty ? [NeededFile(digest: digest, isList: false, sizeBytes: nil)] : []
        return [NeededFile(digest: digest, isList: true, sizeBytes: nil)] + parts + whole
    }

    /// Those of one file of a folder.
    private func neededFiles(of record: Tree.Record) throws -> [NeededFile] {
        let whole = NeededFile(digest: record.digest.digest, isList: false, sizeBytes: record.sizeBytes)
        guard record.sizeBytes > Self.wholeBytesMax, !isThere(whole), let list = try lists.list(of: whole.digest) else { return [whole] }
        return Self.neededFiles(of: whole.digest, list)
    }

    func isThere(_ file: NeededFile) -> Bool {
        var status = stat()
        guard lstat(path(of: file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return file.sizeBytes.map { $0 == status.st_size } ?? true
    }

    func path(of file: NeededFile) -> String { file.isList ? lists.path(of: file.digest) : blobs.path(of: file.digest) }

    /// Lets content, if all of it is there, have been used now, so that nobody removes it before it is referred to; and makes its names
    /// durable, as its writer may not be done.
    /// - Returns: whether all of it is there.
    func use(_ digest: Digest) throws -> Bool {
        guard let paths = try touch(digest) else { return false }
        let folders = Set(paths.map(Directory.parent(of:)))
        guard folders.count <= ContentBatch.singleSyncCountMax else {
            try FileSystem.synchronize(containing: blobs.path)
            return true
        }
        for folder in folders.union(folders.map(Directory.parent(of:))) { try Directory.synchronize(folder) }
        return true
    }

    /// Lets content, if all of it is there, have been used now, so that who clears by age leaves it. What cannot be touched stays as it is.
    package func noteUse(of digest: Digest) {
        // Who may read what another user keeps may not touch it: it is only older than it might be.
        _ = try? touch(digest)
    }

    /// The same, but for durability. - Returns: the files that it needs; `nil` where not all of it is there.
    func touch(_ digest: Digest, sizeBytes: Int? = nil) throws -> [String]? {
        let files = try neededFiles(of: digest).map { file in
            NeededFile(digest: file.digest, isList: file.isList, sizeBytes: file.sizeBytes ?? (file.isList ? nil : sizeBytes))
        }
        guard try ParallelRanges.map(files.count, size: 1_024, { isThere(files[$0]) }).allSatisfy(\.self) else { return nil }
        let paths = files.map(path)
        return try lock.whileFinding { try paths.allSatisfy(FileSystem.touch) } ? paths : nil
    }
}
