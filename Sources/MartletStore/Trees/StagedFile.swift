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
    private let work: @Sendable () throws -> Void
    private let isCommitted = Mutex(false)

    init(_ content: KeptContent, at place: String?, commit work: @escaping @Sendable () throws -> Void) {
        (self.content, self.place, self.work) = (content, place, work)
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
    package var isReadable: Bool { place.map { access($0, R_OK) == 0 } ?? true }

    /// Makes a hard link to its bytes; `false` where they are elsewhere by now, or the file system cannot.
    package func links(to path: String) -> Bool {
        guard let place, chmod(place, 0o444) == 0 else { return false }
        return link(place, path) == 0
    }

    /// Its bytes; `nil` where they are elsewhere by now.
    package func bytes() throws -> [UInt8]? {
        guard let place, let file = try? OpenFile(place, O_RDONLY) else { return nil }
        return [UInt8](try file.read(at: 0, countMax: content.sizeBytes))
    }
}
