import Foundation
import Glibc
import MartletCore
import MartletStore
import Synchronization

/// The folders of attempts that are on record: emptied, and used again by the next ones.
///
/// To make files and folders and to remove them takes a short step longer than its work. On some file systems (ext4 without a journal) it
/// takes the longer the more were removed in the last minutes, as each new file passes over them one by one.
final class FinishedFolders: Sendable {
    /// How a folder is called that waits to be used again, among those of attempts.
    static let prefix = "done-"
    /// So many wait; others are removed.
    static let countMax = 64

    private struct Waiting {
        var attempts: [String] = []
        var checkpoints: [String] = []
        var all: [String] { attempts + checkpoints }
    }

    private let place: String
    private let waiting = Mutex(Waiting())

    /// - Parameter place: the folder of attempts.
    init(place: String) { self.place = place }

    /// Takes an attempt's folders. What cannot be taken is removed: a checkpoint that stayed would be taken for one of the next attempt.
    func add(attempt: String, checkpoint: String) {
        if let folder = renamed(attempt) { keep(folder, where: Self.isEmptied(folder), \.attempts) } else { Self.remove(attempt) }
        if let folder = renamed(checkpoint) {
            keep(folder, where: (try? Directory.names(in: folder).isEmpty) ?? false, \.checkpoints)
        } else {
            Self.remove(checkpoint)
        }
    }

    /// Gives an attempt folders that wait, as far as there are any: with no more in them than one begins with.
    func give(attempt: String, checkpoint: String) {
        give(attempt, \.attempts)
        if Directory.kind(of: checkpoint) == nil { give(checkpoint, \.checkpoints) }
    }

    /// Removes those that wait.
    func remove() {
        let folders = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.all
        }
        for folder in folders { Self.remove(folder) }
    }

    /// Takes a folder's name away from it, so that another may have it.
    private func renamed(_ path: String) -> String? {
        let aside = "\(place)/\(Self.prefix)\(UInt64.random(in: 0 ... .max))"
        return rename(path, aside) == 0 ? aside : nil
    }

    private func keep(_ folder: String, where isFit: Bool, _ list: WritableKeyPath<Waiting, [String]>) {
        let isKept = waiting.withLock { waiting in
            guard isFit, waiting[keyPath: list].count < Self.countMax else { return false }
            waiting[keyPath: list].append(folder)
            return true
        }
        if !isKept { Self.remove(folder) }
    }

    private func give(_ path: String, _ list: WritableKeyPath<Waiting, [String]>) {
        guard let folder = waiting.withLock({ $0[keyPath: list].popLast() }) else { return }
        if !Self.isOwn(folder) || rename(folder, path) != 0 { Self.remove(folder) }
    }

    private static func remove(_ folder: String) {
        // What cannot be removed now is removed by 'martlet gc', as what a killed run has left.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Leaves nothing in an attempt's folder but its folders, which are empty, and files that say nothing, which are empty too.
    private static func isEmptied(_ folder: String) -> Bool {
        guard isOwn(folder), let names = try? Directory.names(in: folder) else { return false }
        let files = AttemptFiles(folder: folder)
        return names.map { "\(folder)/\($0)" }.allSatisfy { path in
            switch path {
            case files.inputs, files.outputs: isOwn(path) && isCleared(path)
            case files.description, files.process, files.exit: isTruncated(path) || unlink(path) == 0
            default: isRemoved(path)
            }
        }
    }

    private static func isCleared(_ folder: String) -> Bool {
        guard let names = try? Directory.names(in: folder) else { return false }
        return names.allSatisfy { isRemoved("\(folder)/\($0)") }
    }

    private static func isRemoved(_ path: String) -> Bool {
        unlink(path) == 0 || (try? FileManager.default.removeItem(atPath: path)) != nil
    }

    /// Whether it is a folder as attempts begin with, which no command has changed.
    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode == S_IFDIR | 0o700 && status.st_uid == geteuid()
    }

    /// Makes a file empty, unless a command has put something else in its place.
    private static func isTruncated(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1, status.st_uid == geteuid() else {
            return false
        }
        return truncate(path, 0) == 0
    }
}
