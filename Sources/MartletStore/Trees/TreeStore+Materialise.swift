import Foundation
import Glibc
package import MartletCore

extension TreeStore {
    /// How content comes to be at a path.
    package enum Mode: Sendable {
        /// Files of one's own, which may be written to. Their blocks are shared where the file system can (`FICLONE`).
        case copy
        /// Files that are whole blobs are hard links to them, which nobody may write to (0444); all others are copies.
        case link
    }

    /// Puts content at a path, all of it or nothing; verified as it is read. Not durable, as it can be made again.
    /// - Parameter path: a file there is replaced, and so is an empty folder by a folder.
    /// - Throws: `notFound`, `corrupt`, `storage`; `conflict` where something is in the way.
    package func materialise(_ digest: Digest, at path: String, mode: Mode = .copy) throws {
        let temporary = Self.temporaryPath(beside: path)
        do {
            let isFolder = try lists.list(of: digest)?.kind == .folder
            guard try touch(digest) != nil else {
                throw MartletError(.notFound, "not all of \(digest) is in '\(home.path)'; run the step that makes it again")
            }
            if isFolder {
                try materialiseFolder(digest, at: temporary, mode)
            } else {
                try materialiseFile(digest, at: TargetFile(path: temporary), mode)
            }
            guard rename(temporary, path) == 0 else {
                let isInTheWay = [ENOTEMPTY, EEXIST, EISDIR, ENOTDIR].contains(errno)
                guard isInTheWay else { throw MartletError.io("rename to", path, errno: errno) }
                throw MartletError(.conflict, "'\(path)' is in the way of what is to be put there; remove it, or name another path")
            }
        } catch {
            Self.remove(temporary)
            throw error
        }
    }

    private static func temporaryPath(beside path: String) -> String {
        "\(Directory.parent(of: path))/.martlet-\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    }

    /// The error that is on its way says more than one of cleaning up would.
    private static func remove(_ path: String) {
        do { try FileManager.default.removeItem(atPath: path) } catch {}
    }

    func materialiseFile(_ digest: Digest, at target: TargetFile, _ mode: Mode) throws {
        if let list = try lists.list(of: digest), !list.chunks.isEmpty, !blobs.contains(digest) {
            return try assemble(digest, list.chunks, at: target)
        }
        let source = try OpenFile(blobs.path(of: digest), O_RDONLY)
        // The mode is the blob's, which other paths have too.
        if mode == .link, !target.isExecutable {
            try verify(source, digest)
            guard try !target.links(to: source.path) else { return }
        }
        let target = try target.create()
        if FileSystem.clone(source, to: target) { return try verify(target, digest) }
        try Self.read(source, digest) { try target.write($0, at: $1) }
    }

    private func verify(_ file: borrowing OpenFile, _ digest: Digest) throws { try Self.read(file, digest) { _, _ in } }

    /// Reads a file with a known digest in pieces, each with its offset.
    private static func read(_ file: borrowing OpenFile, _ digest: Digest, _ take: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SteadyFile.pieceBytes, alignment: 64)
        defer { buffer.deallocate() }
        var hasher = DigestHasher()
        var offset = 0
        while case let count = try file.fill(buffer, at: offset), count > 0 {
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hasher.update(piece)
            try take(piece, offset)
            offset += count
        }
        guard hasher.finish() == digest else { throw damage(digest, file.path) }
    }

    private func assemble(_ digest: Digest, _ chunks: [ContentList.Part], at target: TargetFile) throws {
        let target = try target.create()
        var hasher = DigestHasher()
        var offset = 0
        for chunk in chunks {
            try Self.read(try OpenFile(blobs.path(of: chunk.digest), O_RDONLY), chunk.digest) { piece, start in
                hasher.update(piece)
                try target.write(piece, at: offset + start)
            }
            offset += chunk.sizeBytes
        }
        guard hasher.finish() == digest else { throw Self.damage(digest, lists.path(of: digest)) }
    }

    /// The verified bytes of content that is not a folder, or of a folder's manifest.
    package func bytes(of digest: Digest) throws -> [UInt8] {
        guard let list = try lists.list(of: digest), !list.chunks.isEmpty else { return Array(try blobs.read(digest)) }
        let bytes = try list.chunks.flatMap { try blobs.read($0.digest) }
        guard Digest(of: bytes) == digest else { throw Self.damage(digest, lists.path(of: digest)) }
        return bytes
    }

    static func damage(_ digest: Digest, _ path: String) -> MartletError {
        MartletError(
            .corrupt,
            "'\(path)' does not hold the bytes of \(digest); remove it, and run the step that makes it again, or restore it from a copy")
    }
}

/// A file that is to be made.
struct TargetFile {
    let folder: Int32
    let path: [CChar]
    let isExecutable: Bool

    /// - Parameters:
    ///   - folder: the open folder that a relative path begins at.
    ///   - path: ends with a zero byte.
    init(folder: Int32, path: [CChar], isExecutable: Bool) {
        self.folder = folder
        self.path = path
        self.isExecutable = isExecutable
    }

    init(path: String) { self.init(folder: AT_FDCWD, path: path.utf8CString.map(\.self), isExecutable: false) }

    private var name: String { path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" } }

    func create() throws -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = retrying { openat(folder, path, flags, isExecutable ? 0o755 : 0o644) }
        guard descriptor >= 0 else { throw MartletError.io("create", name, errno: errno) }
        return OpenFile(adopting: descriptor, path: name)
    }

    /// Makes a hard link; `false` where the file system cannot, or the blob has as many as it may.
    func links(to source: String) throws -> Bool {
        guard chmod(source, 0o444) == 0 else { throw MartletError.io("protect", source, errno: errno) }
        if linkat(AT_FDCWD, source, folder, path, 0) == 0 { return true }
        guard [EXDEV, EMLINK, EPERM, EOPNOTSUPP].contains(errno) else { throw MartletError.io("link to", name, errno: errno) }
        return false
    }
}
