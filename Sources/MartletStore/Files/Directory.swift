import Glibc
import MartletCore

/// Operations on folders that a crash must not undo.
package enum Directory {
    /// Creates a folder, and those above it that are missing, for this user only (mode 0700). An existing one stays.
    /// - Throws: `MartletError` with code `storage`.
    package static func create(_ path: String) throws {
        if mkdir(path, 0o700) == 0 {
            return try synchronize(parent(of: path))
        }
        let reason = errno
        if reason == ENOENT, !path.isEmpty, parent(of: path) != path {
            try create(parent(of: path))
            return try create(path)
        }
        guard reason == EEXIST, kind(of: path) == S_IFDIR else {
            throw MartletError.io("create the folder", path, errno: reason == EEXIST ? ENOTDIR : reason)
        }
    }

    /// Makes the names in a folder durable: files created, renamed or removed there.
    package static func synchronize(_ path: String) throws {
        let folder = try OpenFile(path, O_RDONLY | O_DIRECTORY)
        guard retrying({ fsync(folder.descriptor) }) == 0 else { throw MartletError.io("sync", path, errno: errno) }
    }

    /// Lets a folder have changed now.
    package static func touch(_ path: String) throws {
        guard utimensat(AT_FDCWD, path, nil, 0) == 0 else { throw MartletError.io("touch", path, errno: errno) }
    }

    /// The names in a folder, sorted, without `.` and `..`.
    package static func names(in path: String) throws -> [String] {
        guard let stream = opendir(path) else { throw MartletError.io("list", path, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw MartletError.io("list", path, errno: errno) }
        return names.sorted()
    }

    /// The path without its last part; `.` for a bare name, `/` for the root.
    package static func parent(of path: String) -> String {
        let parts = path.split(separator: "/")
        let parent = parts.dropLast().joined(separator: "/")
        if path.hasPrefix("/") { return "/" + parent }
        return parent.isEmpty ? "." : parent
    }

    /// The file type bits of what is at a path (`S_IFREG`, `S_IFDIR`, …), links not followed; `nil` where nothing is.
    package static func kind(of path: String) -> UInt32? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
