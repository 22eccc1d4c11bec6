import Glibc
import MartletCore

/// A regular file whose bytes are read as they were at one moment, or not at all.
struct SteadyFile: ~Copyable {
    /// How often a file is read again that somebody writes to meanwhile.
    static let tryCountMax = 3
    /// Bytes of one read.
    static let pieceBytes = 1 << 20

    let file: OpenFile
    let stamp: FileStamp
    let isExecutable: Bool

    /// Opens a file.
    /// - Parameters:
    ///   - folder: the open folder that a relative path begins at.
    ///   - path: ends with a zero byte.
    ///   - followsLink: whether a link at the path itself is followed.
    /// - Throws: `notFound`, `storage`; `invalidInput` where it is no regular file.
    init(in folder: Int32, _ path: UnsafePointer<CChar>, followsLink: Bool = false) throws {
        // A pipe must not let the call wait for its writer.
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLink ? 0 : O_NOFOLLOW)
        let descriptor = retrying { openat(folder, path, flags) }
        guard descriptor >= 0 else { throw MartletError.io("open", Self.name(path), errno: errno) }
        let file = OpenFile(adopting: descriptor, path: Self.name(path))
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw MartletError.io("look at", file.path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw MartletError.notRegular(file.path, status.st_mode) }
        self.file = file
        stamp = FileStamp(status)
        isExecutable = status.st_mode & 0o100 != 0
    }

    /// Reads all bytes in pieces.
    /// - Returns: whether nobody changed the file meanwhile; otherwise what was read is worth nothing.
    func read(into buffer: UnsafeMutableRawBufferPointer, _ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        var offset = 0
        while offset < stamp.sizeBytes {
            // What was added behind the size that is known shows in the stamp.
            let wanted = min(buffer.count, Int(stamp.sizeBytes) - offset)
            let count = try file.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset)
            if count < wanted { return false }
            offset += count
            try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return try isUnchanged()
    }

    /// Whether the file is as it was when it was opened.
    func isUnchanged() throws -> Bool {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw MartletError.io("look at", file.path, errno: errno) }
        return FileStamp(status) == stamp
    }

    private static func name(_ path: UnsafePointer<CChar>) -> String { String(cString: path) }
}

extension SteadyFile {
    /// Tries again while the file changes under the reader.
    /// - Parameter body: `nil` where it has changed.
    /// - Throws: `conflict` where it is never left alone.
    static func whileItChanges<Value>(_ name: @autoclosure () -> String, _ body: () throws -> Value?) throws -> Value {
        for _ in 0..<tryCountMax {
            if let value = try body() { return value }
        }
        throw MartletError(
            .conflict, "'\(name())' changes while it is read, \(tryCountMax) times in a row; let what writes to it end, and call this again"
        )
    }

    /// The digest of a file in a folder, with what the file was when it was read.
    static func digest(
        in folder: Int32, _ path: UnsafePointer<CChar>, buffer: UnsafeMutableRawBufferPointer, followsLink: Bool = false
    ) throws -> (digest: DigestBits, stamp: FileStamp, isExecutable: Bool) {
        try whileItChanges(String(cString: path)) {
            let file = try SteadyFile(in: folder, path, followsLink: followsLink)
            var hasher = DigestHasher()
            guard try file.read(into: buffer, { hasher.update($0) }) else { return nil }
            return (DigestBits(hasher.finish()), file.stamp, file.isExecutable)
        }
    }
}

extension OpenFile {
    /// Takes over a descriptor that was opened elsewhere.
    init(adopting descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Reads as much as there is room for; less only at the end of the file.
    func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = retrying { pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done)) }
            guard count >= 0 else { throw MartletError.io("read", path, errno: errno) }
            if count == 0 { break }
            done += count
        }
        return done
    }
}

extension MartletError {
    /// The refusal of what is neither file, folder nor link.
    static func notRegular(_ path: String, _ mode: mode_t) -> MartletError {
        let kind =
            switch mode & S_IFMT {
            case S_IFIFO: "a pipe"
            case S_IFSOCK: "a socket"
            case S_IFCHR, S_IFBLK: "a device"
            case S_IFDIR: "a folder"
            case S_IFLNK: "a link"
            default: "no file"
            }
        return MartletError(
            .invalidInput, "'\(path)': expected a regular file, found \(kind); remove it, or leave it out in '.martletignore'")
    }
}
