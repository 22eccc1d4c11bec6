import Glibc
import MartletCore
import Synchronization

/// A file whose name among the contents is not there yet, or not durable.
///
/// Many of them that are committed at once, each on a thread of its own, wait for the disk together. Of one that is not committed nothing
/// is kept.
package final class StagedFile: Sendable {
    package let content: KeptContent
    /// Where its bytes are until it is committed; `nil` where they are among the contents, or in chunks.
    private let place: String?
    /// The file that has them: another one at the same place is not this.
    private let stamp: FileStamp?
    private let work: @Sendable () throws -> Void
    private let isCommitted = Mutex(false)

    /// - Parameter stamp: of the file that was read at the place; `nil` for the one that is there now.
    init(_ content: KeptContent, at place: String?, _ stamp: FileStamp? = nil, commit work: @escaping @Sendable () throws -> Void) {
        (self.content, self.place, self.work) = (content, place, work)
        self.stamp = stamp ?? place.flatMap { FileStamp(at: $0) }
    }

    /// Makes it visible and durable; whoever comes second waits for the first. - Throws: `storage`.
    package func commit() throws {
        try isCommitted.withLock { isCommitted in
            guard !isCommitted else { return }
            try work()
            isCommitted = true
        }
    }

    /// Whether its bytes can be read, here or among the contents.
    package var isReadable: Bool { place.map { isOwn(FileStamp(at: $0)) && access($0, R_OK) == 0 } ?? true }

    /// Makes a hard link to its bytes; `false` where they are elsewhere by now, or the file system cannot.
    package func links(to path: String) -> Bool {
        guard let place, isOwn(FileStamp(at: place)), chmod(place, 0o444) == 0, link(place, path) == 0 else { return false }
        if isOwn(FileStamp(at: path)) { return true }
        unlink(path)
        return false
    }

    /// Writes its bytes to a new file (0444); `false` where they are elsewhere by now, or others. - Throws: `storage`.
    package func copies(to path: String) throws -> Bool {
        guard let bytes = try bytes(), Digest(of: bytes) == content.digest else { return false }
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o444)
        do {
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        } catch {
            unlink(path)
            throw error
        }
        return true
    }

    /// Its bytes; `nil` where they are elsewhere by now.
    package func bytes() throws -> [UInt8]? {
        // What cannot be opened is not there any more.
        guard let place, let file = try? OpenFile(place, O_RDONLY), isOwn(FileStamp(file.descriptor)) else { return nil }
        return [UInt8](try file.read(at: 0, countMax: content.sizeBytes))
    }

    private func isOwn(_ found: FileStamp?) -> Bool {
        guard let stamp, let found else { return false }
        return found.isSameFile(as: stamp)
    }
}
