package import MartletCore
package import MartletStore

/// Folders of attempts and of jobs in which nothing runs any more and nothing waits to be kept.
package struct IdleFolders: Sendable {
    private let home: Home
    private let locks: KeyLocks
    /// The folders of attempts and of jobs begin with so many digits of their keys.
    private static let digitCount = 40

    package init(home: Home) { (self.home, locks) = (home, KeyLocks(home: home)) }

    /// Those that nothing was put into since a time. - Throws: `storage`.
    package func folders(before limit: Timestamp) throws -> [OldRunFolders.Folder] {
        try OldRunFolders(home: home).folders(before: limit, in: ["attempts", "jobs"]).filter { folder in
            if isFinished(folder) { return true }
            guard let hold = try hold(folder) else { return false }
            defer { hold.release() }
            return try isIdle(folder)
        }
    }

    /// Removes those of them that are idle still. Hold the lock of runs. - Throws: `storage`.
    package func remove(_ folders: [OldRunFolders.Folder]) throws {
        for folder in folders {
            let hold = try hold(folder)
            defer { hold?.release() }
            if try isFinished(folder) || (hold != nil && isIdle(folder)) { try OldRunFolders(home: home).remove([folder]) }
        }
    }

    /// Its key; `nil` where somebody has it, or the folder is none of a key.
    private func hold(_ folder: OldRunFolders.Folder) throws -> KeyLocks.Hold? {
        let digits = name(folder).prefix(Self.digitCount)
        guard digits.count == Self.digitCount, digits.allSatisfy({ $0.isHexDigit && $0.isASCII }) else { return nil }
        return try locks.take(digits: String(digits))
    }

    /// Whether a run kept it for next attempts, and was killed or has not come to remove it.
    private func isFinished(_ folder: OldRunFolders.Folder) -> Bool { name(folder).hasPrefix(FinishedFolders.prefix) }

    private func isIdle(_ folder: OldRunFolders.Folder) throws -> Bool {
        let isJob = name(folder).count > Self.digitCount
        // A job may be at work on another machine as long as nobody has heard of its end.
        if isJob { return try JobFolder(name(folder), in: home).result().map { !$0.isGood } ?? false }
        switch StepLeftover(in: folder.path) {
        case .running, .ended(status: 0): return false
        case .ended, .unknown: return true
        }
    }

    private func name(_ folder: OldRunFolders.Folder) -> String { folder.path.split(separator: "/").last.map(String.init) ?? "" }
}
