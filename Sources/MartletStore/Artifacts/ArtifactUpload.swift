import Glibc
package import MartletCore

/// A file's bytes on their way into a repository: written to a temporary file as they come, and counted and hashed meanwhile.
///
/// One task writes at a time. Removed with this value unless it was finished and its content kept.
package final class ArtifactUpload {
    /// How often it is looked whether there is room, in bytes.
    private static let roomCheckBytes = 16 << 20

    private let temporary: TemporaryFile
    private let file: OpenFile
    private let folder: String
    private let reserve: DiskReserve
    private var checkedBytes = 0
    private var hasher = DigestHasher()
    /// How many bytes were written.
    package private(set) var sizeBytes = 0

    /// Makes the file in a folder that lies in the file system of the blobs.
    /// - Parameter reserve: what is left free there.
    /// - Throws: `full` where nothing more is, here and while bytes come; `storage`.
    package init(in folder: String, reserve: DiskReserve = .standard) throws {
        try reserve.check(folder)
        self.folder = folder
        self.reserve = reserve
        temporary = TemporaryFile(in: folder)
        file = try OpenFile(temporary.path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o400)
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard !bytes.isEmpty else { return }
        if sizeBytes + bytes.count - checkedBytes > Self.roomCheckBytes {
            try reserve.check(folder)
            checkedBytes = sizeBytes + bytes.count
        }
        try file.write(bytes, at: sizeBytes)
        hasher.update(bytes)
        sizeBytes += bytes.count
    }

    /// Makes the bytes durable; nothing can be written any more.
    package func finish() throws -> UploadedContent {
        try file.synchronize()
        var finished = DigestHasher()
        swap(&hasher, &finished)
        return UploadedContent(temporary, digest: finished.finish(), sizeBytes: sizeBytes)
    }
}

/// The whole bytes of an upload, in a temporary file that is removed with this value unless it was moved away.
package final class UploadedContent {
    package let digest: Digest
    package let sizeBytes: Int
    private let temporary: TemporaryFile

    fileprivate init(_ temporary: TemporaryFile, digest: Digest, sizeBytes: Int) {
        self.temporary = temporary
        self.digest = digest
        self.sizeBytes = sizeBytes
    }

    /// Where the bytes are.
    package var path: String { temporary.path }

    /// Moves the file to another name of the same file system, durably.
    package func move(to destination: String) throws { try temporary.move(to: destination) }
}
