import Foundation
import Glibc
package import MartletCore

/// Folders that runs left, and that nothing was put into for long: logs, and what attempts that nobody made again were at work in.
package struct OldRunFolders: Sendable {
    /// They stay for so long.
    package static let ageMax = Duration.seconds(30 * 86_400)

    /// A folder that may go.
    package struct Folder: Sendable, Equatable {
        package let path: String
        /// What its files are large together.
        package let sizeBytes: Int
    }

    private let home: Home

    package init(home: Home) { self.home = home }

    /// Those that nothing was put into since a time; of logs a folder for each run, of attempts and checkpoints one for each key, of jobs
    /// one for each.
    /// - Throws: `storage`.
    package func folders(
        before limit: Timestamp, in parts: [String] = ["logs", "attempts", "checkpoints", "jobs"]
    ) throws -> [Folder] {
        try parts.flatMap { part -> [Folder] in
            let place = "\(home.path)/\(part)"
            guard Directory.kind(of: place) != nil else { return [] }
            return try Directory.names(in: place).map { "\(place)/\($0)" }.compactMap { path in
                let contents = try Self.contents(of: path)
                return contents.changedAt < limit ? Folder(path: path, sizeBytes: contents.sizeBytes) : nil
            }
        }
    }

    /// Those of a run's logs; empty where there are none. - Throws: `storage`.
    package func logs(ofRun run: String) throws -> [Folder] {
        let path = home.logsPath(run: run)
        guard Directory.kind(of: path) != nil else { return [] }
        return [Folder(path: path, sizeBytes: try Self.contents(of: path).sizeBytes)]
    }

    /// Removes them. Hold the lock of runs: an attempt's folder is somebody's while it runs.
    /// - Throws: `storage`.
    package func remove(_ folders: [Folder]) throws {
        for folder in folders {
            do {
                try FileManager.default.removeItem(atPath: folder.path)
            } catch CocoaError.fileNoSuchFile {
                continue  // somebody else removed it
            } catch {
                throw MartletError(.storage, "cannot remove '\(folder.path)'; remove it by hand", cause: error)
            }
        }
    }

    /// When anything in a folder, or it itself, changed last, and what its files are large together.
    private static func contents(of path: String) throws -> (changedAt: Timestamp, sizeBytes: Int) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return (Timestamp(microseconds: .max), 0) }
            throw MartletError.io("look at", path, errno: errno)
        }
        var found = (changedAt: Timestamp(microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000), sizeBytes: 0)
        guard status.st_mode & S_IFMT == S_IFDIR else { return (found.changedAt, Int(status.st_size)) }
        for name in try Directory.names(in: path) {
            let inner = try contents(of: "\(path)/\(name)")
            found = (max(found.changedAt, inner.changedAt), found.sizeBytes + inner.sizeBytes)
        }
        return found
    }
}
