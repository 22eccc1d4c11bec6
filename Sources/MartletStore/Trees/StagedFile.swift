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
    private let identity: FileIdentity?
    private let work: @Sendable () throws -> Void
    private let isCommitted = Mutex(false)

    /// - Parameter identity: of what was read at the place; `nil` for what is there now.
    init(_ content: KeptContent, at place: String?, _ identity: FileIdentity? = nil, commit work: @escaping @Sendable () throws -> Void) {
        (self.content, self.place, self.work) = (content, place, work)
        self.identity = identity ?? place.flatMap { FileIdentity(at: $0) }
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
    package var isReadable: Bool { place.map { FileIdentity(at: $0) == identity && access($0, R_OK) == 0 } ?? true }

    /// Makes a hard link to its bytes; `false` where they are elsewhere by now, or the file system cannot.
    package func links(to path: String) -> Bool {
        guard let place, FileIdentity(at: place) == identity, chmod(place, 0o444) == 0, link(place, path) == 0 else { return false }
        if FileIdentity(at: path) == identity { return true }
        unlink(path)
        return false
    }

    /// Its bytes; `nil` where they are elsewhere by now.
    package func bytes() throws -> [UInt8]? {
        // What cannot be opened is not there any more.
        guard let place, let file = try? OpenFile(place, O_RDONLY), FileIdentity(file.descriptor) == identity else { return nil }
        return [UInt8](try file.read(at: 0, countMax: content.sizeBytes))
    }
}

/// By what a file is known again that may have got other names and another mode since, and been used.
struct FileIdentity: Equatable, Sendable {
    private let inode: UInt64
    private let device: UInt64
    private let sizeBytes: Int64

    init(_ status: stat) { (inode, device, sizeBytes) = (UInt64(status.st_ino), UInt64(status.st_dev), Int64(status.st_size)) }

    /// `nil` where there is none.
    init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of an open file.
    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}
