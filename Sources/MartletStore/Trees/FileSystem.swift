import Glibc
import MartletCore

/// Calls of Linux that Swift does not show.
enum FileSystem {
    private typealias SyncFS = @convention(c) (Int32) -> Int32

    /// Shares a file's blocks with another one (`ioctl_ficlone(2)`).
    private static let cloneRequest: UInt = 0x4004_9409

    private static let syncfs: SyncFS? = dlsym(nil, "syncfs").map { unsafeBitCast($0, to: SyncFS.self) }

    /// Makes all that was written to the file system of a folder durable, whoever wrote it.
    ///
    /// Needs Linux 5.8 to be told of bytes that could not be written.
    static func synchronize(containing path: String) throws {
        let folder = try OpenFile(path, O_RDONLY | O_DIRECTORY)
        guard let syncfs else { throw MartletError(.unavailable, "this system's C library has no 'syncfs'; use glibc 2.14 or newer") }
        guard retrying({ syncfs(folder.descriptor) }) == 0 else { throw MartletError.io("sync the file system of", path, errno: errno) }
    }

    /// Lets a file have been used now. - Returns: whether it is there.
    static func touch(_ path: String) throws -> Bool {
        if utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW) == 0 { return true }
        if errno == ENOENT { return false }
        throw MartletError.io("touch", path, errno: errno)
    }

    /// Lets an empty file share all blocks of another one. - Returns: `false`, with nothing done, where the file system cannot.
    static func clone(_ source: borrowing OpenFile, to target: borrowing OpenFile) -> Bool {
        ioctl(target.descriptor, cloneRequest, source.descriptor) == 0
    }
}
