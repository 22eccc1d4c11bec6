import Glibc

/// Where a path leads.
enum FilePlace {
    /// The path without links, `.` and `..`; `nil` where nothing is.
    static func real(_ path: String) -> String? {
        guard !path.utf8.contains(0), let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    static func isFolder(_ path: String) -> Bool { type(of: path) == S_IFDIR }

    static func isFile(_ path: String) -> Bool { type(of: path) == S_IFREG }

    /// Whether a path leads to a file that may be run.
    static func isProgram(_ path: String) -> Bool { isFile(path) && access(path, X_OK) == 0 }

    /// The bits of the kind of what a path leads to, links followed.
    private static func type(of path: String) -> UInt32? {
        var status = stat()
        guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT
    }

    /// A path from a folder on, without `.` and `..`, links as they are.
    static func joined(_ folder: String, _ path: String) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : "\(folder)/\(path)").split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The last part of a path.
    static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
