package import Foundation
import Glibc
package import MartletCore

/// Bytes kept under the name of their digest: `blobs/ab/abcdef…`.
///
/// A blob is there whole and durable, or not at all. Any number of threads and processes may put the same one.
package struct BlobStore: Sendable {
    /// The folder of the blobs.
    package let path: String
    private let temporaryPath: String

    /// The blobs of a home that was prepared.
    package init(home: Home) {
        path = home.blobsPath
        temporaryPath = home.temporaryPath
    }

    /// Keeps some bytes. Durable on return.
    /// - Throws: `storage`.
    package func put(_ bytes: some ContiguousBytes) throws -> Digest {
        try bytes.withUnsafeBytes { bytes in
            var hasher = DigestHasher()
            hasher.update(bytes)
            let digest = hasher.finish()
            if try isKept(digest, sizeBytes: bytes.count) { return digest }
            let file = TemporaryFile(in: temporaryPath)
            try file.write(bytes, mode: 0o400)
            try keep(file, as: digest)
            return digest
        }
    }

    /// Keeps a copy of a file.
    /// - Throws: `notFound`, `storage`.
    package func put(copying source: String) throws -> Digest {
        let file = TemporaryFile(in: temporaryPath)
        let digest = try copy(source, to: file)
        try keep(file, as: digest)
        return digest
    }

    /// Keeps a file by taking it away from where it is; it must not be written to any more.
    ///
    /// Without cost in the same file system; otherwise it is copied, then removed.
    /// - Throws: `notFound`, `invalidInput` where it is no regular file, `storage`.
    package func put(moving source: String) throws -> Digest {
        if let kind = Directory.kind(of: source), kind != S_IFREG {
            throw MartletError(.invalidInput, "'\(source)' is not a regular file; give one, or copy what it points to")
        }
        guard chmod(source, 0o400) == 0 else { throw MartletError.io("protect", source, errno: errno) }
        let digest = try Digest(ofFile: source)
        let file = try OpenFile(source, O_RDONLY)
        try file.synchronize()
        let isThere = try isKept(digest, sizeBytes: file.sizeBytes())
        if !isThere, try renames(source, to: digest) { return digest }
        let kept = isThere ? digest : try put(copying: source)
        guard unlink(source) == 0 else { throw MartletError.io("remove", source, errno: errno) }
        return kept
    }

    /// Keeps a file whose digest was taken as it was written, and whose bytes are durable, by taking it away from where it is.
    /// - Throws: `storage`, also where it lies in another file system.
    package func put(moving source: String, as digest: Digest, sizeBytes: Int) throws {
        guard try !isKept(digest, sizeBytes: sizeBytes) else {
            guard unlink(source) == 0 else { throw MartletError.io("remove", source, errno: errno) }
            return
        }
        guard try renames(source, to: digest) else { throw MartletError.io("move", source, errno: EXDEV) }
    }

    /// Keeps a file whose digest is known, and which nobody may write to, by giving it the blob's name too. Durable where it was done.
    /// - Returns: `false`, with nothing kept, where the file system cannot. - Throws: `storage`.
    func put(linking source: String, as digest: Digest, sizeBytes: Int) throws -> Bool {
        if try isKept(digest, sizeBytes: sizeBytes) { return true }
        let destination = path(of: digest)
        guard try FileSystem.touch(source) else { return false }
        try OpenFile(source, O_RDONLY).synchronize()
        try Directory.create(Directory.parent(of: destination))
        guard link(source, destination) == 0 else {
            let reason = errno
            if reason == EEXIST { return try isKept(digest, sizeBytes: sizeBytes) }
            guard [EXDEV, EMLINK, EPERM, EOPNOTSUPP].contains(reason) else { throw MartletError.io("link to", destination, errno: reason) }
            return false
        }
        try Directory.synchronize(Directory.parent(of: destination))
        try Directory.synchronize(path)
        return true
    }

    /// Where a blob is, or would be.
    package func path(of digest: Digest) -> String { "\(path)/\(digest.hex.prefix(2))/\(digest.hex)" }

    /// Whether there is a blob; its content is not verified.
    package func contains(_ digest: Digest) -> Bool { Directory.kind(of: path(of: digest)) == S_IFREG }

    /// The size of a blob in bytes. - Throws: `notFound`.
    package func size(of digest: Digest) throws -> Int { try openBlob(digest).sizeBytes() }

    /// A blob's bytes, verified.
    /// - Throws: `notFound`, `corrupt`, `storage`.
    package func read(_ digest: Digest) throws -> Data {
        let file = try openBlob(digest)
        let bytes = try file.read(at: 0, countMax: file.sizeBytes())
        let found = Digest(of: bytes)
        guard found == digest else {
            throw MartletError(
                .corrupt,
                "the blob \(digest) holds bytes with the digest \(found); remove '\(file.path)' and make it again, "
                    + "or restore it from a copy of this home"
            )
        }
        return Data(bytes)
    }

    private func openBlob(_ digest: Digest) throws -> OpenFile {
        do {
            return try OpenFile(path(of: digest), O_RDONLY)
        } catch let error as MartletError where error.code == .notFound {
            throw MartletError(.notFound, "there is no blob \(digest) in '\(path)'; run the step that makes it again")
        }
    }
}

extension BlobStore {
    /// Whether the blob is there with its right size; if so it is young again, so that nobody collects it before it is referred to,
    /// and its name is made durable, as its writer may not be done.
    private func isKept(_ digest: Digest, sizeBytes: Int) throws -> Bool {
        guard utimensat(AT_FDCWD, path(of: digest), nil, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return false }
            throw MartletError.io("touch", path(of: digest), errno: errno)
        }
        guard contains(digest), try size(of: digest) == sizeBytes else { return false }
        try Directory.synchronize(Directory.parent(of: path(of: digest)))
        try Directory.synchronize(path)
        return true
    }

    private func keep(_ file: TemporaryFile, as digest: Digest) throws {
        let size = try OpenFile(file.path, O_RDONLY).sizeBytes()
        if try isKept(digest, sizeBytes: size) { return }
        let destination = path(of: digest)
        try Directory.create(Directory.parent(of: destination))
        try file.move(to: destination)
        try Directory.synchronize(path)
    }

    /// Moves a file into its place; `false`, with nothing done, where it lies in another file system.
    private func renames(_ source: String, to digest: Digest) throws -> Bool {
        let destination = path(of: digest)
        try Directory.create(Directory.parent(of: destination))
        guard rename(source, destination) == 0 else {
            if errno == EXDEV { return false }
            throw MartletError.io("move", source, errno: errno)
        }
        try Directory.synchronize(Directory.parent(of: destination))
        try Directory.synchronize(path)
        return true
    }

    private func copy(_ source: String, to file: TemporaryFile) throws -> Digest {
        let input = try OpenFile(source, O_RDONLY)
        let output = try OpenFile(file.path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o400)
        var hasher = DigestHasher()
        var offset = 0
        while true {
            let bytes = try input.read(at: offset, countMax: 1 << 20)
            if bytes.isEmpty { break }
            hasher.update(bytes)
            try bytes.withUnsafeBytes { try output.write($0, at: offset) }
            offset += bytes.count
        }
        try output.synchronize()
        return hasher.finish()
    }
}
