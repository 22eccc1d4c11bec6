import Glibc
import MartletCore
import MartletStore
import NIOCore

/// A range of a file as the body of a request, read as it is sent; each iteration begins anew.
struct FileBytes: AsyncSequence, Sendable {
    /// How much is read at a time, in bytes.
    static let pieceSizeBytes = 256 << 10

    let path: String
    let range: Range<Int>

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let path: String
        fileprivate var range: Range<Int>
        fileprivate var file: SharedFile?

        mutating func next() async throws -> ByteBuffer? {
            guard !range.isEmpty else { return nil }
            let file = try self.file ?? SharedFile(path)
            self.file = file
            let bytes = try file.open.read(at: range.lowerBound, countMax: Swift.min(FileBytes.pieceSizeBytes, range.count))
            guard !bytes.isEmpty else {
                throw MartletError(.corrupt, "'\(path)' ends at byte \(range.lowerBound), before \(range.upperBound)")
            }
            range = range.lowerBound + bytes.count..<range.upperBound
            return ByteBuffer(bytes: bytes)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(path: path, range: range, file: nil) }

    /// The digest of the range.
    func digest() throws -> Digest {
        let file = try OpenFile(path, O_RDONLY)
        var hasher = DigestHasher()
        var offset = range.lowerBound
        while offset < range.upperBound {
            let bytes = try file.read(at: offset, countMax: Swift.min(Self.pieceSizeBytes, range.upperBound - offset))
            guard !bytes.isEmpty else { throw MartletError(.corrupt, "'\(path)' ends at byte \(offset), before \(range.upperBound)") }
            hasher.update(bytes)
            offset += bytes.count
        }
        return hasher.finish()
    }
}

/// An open file that several hold.
private final class SharedFile: Sendable {
    let open: OpenFile

    init(_ path: String) throws { open = try OpenFile(path, O_RDONLY) }
}
