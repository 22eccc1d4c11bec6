import Foundation
import Glibc
import MartletCore

/// A file system of a few kilobytes in memory, most of which a file takes up until it is removed.
struct SmallFileSystem {
    private let path: String

    private var filler: URL { URL(filePath: path).appending(path: "filler") }

    /// Whether this process may mount.
    static var isPermitted: Bool {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        // Where not even a folder can be made, nothing can be mounted either.
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil else { return false }
        defer { rmdir(folder.path) }
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=4k") == 0 else { return false }
        umount(folder.path)
        return true
    }

    /// Mounts one at a folder while a body runs.
    static func with<Result>(
        at path: String, sizeKiB: Int, fillerKiB: Int, _ body: (SmallFileSystem) async throws -> Result
    ) async throws -> Result {
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(sizeKiB)k") == 0 else {
            throw MartletError.io("mount a file system at", path, errno: errno)
        }
        // Detached at once and freed with its last open file: a server that still runs keeps it for a moment.
        defer { umount2(path, Int32(MNT_DETACH)) }
        let disk = SmallFileSystem(path: path)
        try Data(count: fillerKiB << 10).write(to: disk.filler)
        return try await body(disk)
    }

    /// Frees what the filler takes up.
    func removeFiller() throws { try FileManager.default.removeItem(at: filler) }
}
