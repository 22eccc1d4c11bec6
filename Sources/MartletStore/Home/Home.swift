import Foundation
import Glibc
package import MartletCore

/// The folder that holds all durable state of one project, `.martlet` beside the project file by default.
package struct Home: Sendable, Hashable {
    /// The layout that this build writes and the newest that it reads.
    package static let version = 1
    /// Files in `temporaryPath` older than this are leftovers of killed processes.
    package static let temporaryAgeMax = Duration.seconds(86_400)

    /// The folder.
    package let path: String

    /// Names a home; touches nothing.
    package init(path: String) { self.path = path }

    /// Blobs by digest.
    package var blobsPath: String { "\(path)/blobs" }
    /// The database of records.
    package var databasePath: String { "\(path)/records.sqlite" }
    /// The database of experiments, runs and models.
    package var trackingPath: String { "\(path)/tracking.sqlite" }
    /// The files of deployed models, by their releases' digests.
    package var modelsPath: String { "\(path)/models" }
    /// Lock files, one a purpose.
    package var locksPath: String { "\(path)/locks" }
    /// Held by who runs a project's steps, or removes what those may need.
    package var runLockPath: String { "\(locksPath)/run" }
    /// Held by who brings records from elsewhere, or removes some for good.
    package var importLockPath: String { "\(locksPath)/import" }
    /// Files under way; in the file system of the blobs.
    package var temporaryPath: String { "\(path)/temporary" }
    /// The number of the layout, as text.
    package var versionPath: String { "\(path)/version" }

    /// Whether it was made, by `prepare`.
    package var exists: Bool { Directory.kind(of: versionPath) != nil }

    /// The log segments of an endpoint.
    /// - Throws: `invalidInput` where the name is empty, starts with a dot or holds a slash or a zero byte.
    package func logPath(endpoint: String) throws -> String {
        guard !endpoint.isEmpty, !endpoint.hasPrefix("."), !endpoint.utf8.contains(where: { $0 == 0x2F || $0 == 0 })
        else {
            throw MartletError(
                .invalidInput,
                "the endpoint name '\(endpoint.prefix(80))' cannot be a folder; use letters, digits, '-' and '_'"
            )
        }
        return "\(path)/log/\(endpoint)/"
    }

    /// Creates what is missing (folders with mode 0700), checks the layout's version and removes stale temporary files.
    ///
    /// Safe to call from several processes at once and after a crash at any point.
    /// - Throws: `invalidInput` for a newer layout, `corrupt` for an unreadable version, `storage`.
    package func prepare(now: Timestamp = .now) throws {
        try Directory.create(path)
        if Directory.kind(of: versionPath) != nil { try checkVersion() }
        for folder in [blobsPath, "\(path)/log", locksPath, temporaryPath] { try Directory.create(folder) }
        if Directory.kind(of: versionPath) == nil { try writeVersion() }
        try removeStaleFiles(before: now - Self.temporaryAgeMax)
    }

    private func checkVersion() throws {
        let bytes = try OpenFile(versionPath, O_RDONLY).read(at: 0, countMax: 64)
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let found = Int(text), found >= 1 else {
            throw MartletError(
                .corrupt,
                "'\(versionPath)': expected the number of the layout, found '\(text)'; write \(Self.version) into it "
                    + "if this folder was made by this version of martlet"
            )
        }
        guard found <= Self.version else {
            throw MartletError(
                .invalidInput,
                "the home '\(path)' has layout \(found), this martlet reads up to \(Self.version); "
                    + "use a newer martlet or another home"
            )
        }
    }

    private func writeVersion() throws {
        let file = TemporaryFile(in: temporaryPath)
        try Array("\(Self.version)\n".utf8).withUnsafeBytes { try file.write($0) }
        try file.move(to: versionPath)
    }

    private func removeStaleFiles(before limit: Timestamp) throws {
        for name in try Directory.names(in: temporaryPath) {
            let stale = "\(temporaryPath)/\(name)"
            var status = stat()
            // Another process may have moved or removed it since it was listed.
            guard lstat(stale, &status) == 0 else { continue }
            guard Int64(status.st_mtim.tv_sec) * 1_000_000 < limit.microseconds else { continue }
            do {
                try FileManager.default.removeItem(atPath: stale)
            } catch CocoaError.fileNoSuchFile {
                continue  // another process removed it first
            } catch {
                throw MartletError(.storage, "cannot remove the stale file '\(stale)'; remove it by hand", cause: error)
            }
        }
    }
}
