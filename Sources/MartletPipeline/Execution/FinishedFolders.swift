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
        /// With what is in the folder of their inputs.
        var attempts: [(folder: String, inputs: [String])] = []
        var checkpoints: [String] = []
    }

    private let place: String
    private let waiting = Mutex(Waiting())

    /// - Parameter place: the folder of attempts.
    init(place: String) { self.place = place }

    /// Takes an attempt's folders. What cannot be taken is removed: a checkpoint that stayed would be taken for one of the next attempt.
    func add(attempt: String, checkpoint: String) {
        if let folder = renamed(attempt) {
            keep(Self.inputsOfEmptied(folder).map { (folder, $0) }, orRemove: folder, \.attempts)
        } else {
            Self.remove(attempt)
        }
        if let folder = renamed(checkpoint) {
            let isEmpty = (try? Directory.names(in: folder).isEmpty) ?? false
            keep(isEmpty ? folder : nil, orRemove: folder, \.checkpoints)
        } else {
            Self.remove(checkpoint)
        }
    }

    /// Gives an attempt folders that wait, as far as there are any: with no more in them than one begins with.
    /// - Parameter inputs: what may be in the folder of its inputs: an empty folder each.
    func give(attempt: String, inputs: Set<String>, checkpoint: String) {
        if let waiting = waiting.withLock({ $0.attempts.popLast() }), given(waiting.folder, as: attempt) {
            Self.rename(waiting.inputs, to: inputs, in: AttemptFiles(folder: attempt).inputs)
        }
        if Directory.kind(of: checkpoint) == nil, let folder = waiting.withLock({ $0.checkpoints.popLast() }) {
            _ = given(folder, as: checkpoint)
        }
    }

    /// Removes those that wait.
    func remove() {
        let folders = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.attempts.map(\.folder) + waiting.checkpoints
        }
        for folder in folders { Self.remove(folder) }
    }

    /// Takes a folder's name away from it, so that another may have it.
    private func renamed(_ path: String) -> String? {
        let aside = "\(place)/\(Self.prefix)\(UInt64.random(in: 0 ... .max))"
        return Glibc.rename(path, aside) == 0 ? aside : nil
    }

    private func keep<Kept>(_ kept: Kept?, orRemove folder: String, _ list: WritableKeyPath<Waiting, [Kept]>) {
        let isKept = waiting.withLock { waiting in
            guard let kept, waiting[keyPath: list].count < Self.countMax else { return false }
            waiting[keyPath: list].append(kept)
            return true
        }
        if !isKept { Self.remove(folder) }
    }

    private func given(_ folder: String, as path: String) -> Bool {
        if Self.isOwn(folder), Glibc.rename(folder, path) == 0 { return true }
        Self.remove(folder)
        return false
    }

    /// Gives empty folders other names, and removes those that are too many.
    private static func rename(_ names: [String], to wanted: Set<String>, in folder: String) {
        var missing = wanted.subtracting(names)
        for name in names where !wanted.contains(name) {
            let path = "\(folder)/\(name)"
            if let other = missing.popFirst(), Glibc.rename(path, "\(folder)/\(other)") == 0 { continue }
            remove(path)
        }
    }

    private static func remove(_ folder: String) {
        // What cannot be removed now is removed by 'martlet gc', as what a killed run has left.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Leaves nothing in an attempt's folder but folders, for its inputs one each, and notes that say nothing.
    /// - Returns: the names of the inputs' folders; `nil` where more is left.
    private static func inputsOfEmptied(_ folder: String) -> [String]? {
        guard isOwn(folder), let names = try? Directory.names(in: folder) else { return nil }
        let files = AttemptFiles(folder: folder)
        var inputs: [String] = []
        let isEmptied = names.map { "\(folder)/\($0)" }.allSatisfy { path in
            switch path {
            case files.inputs:
                guard let folders = foldersOfCleared(path) else { return false }
                inputs = folders
                return true
            case files.outputs: return isCleared(path)
            case files.description, files.process, files.exit: return isSilent(path) || unlink(path) == 0
            default: return isRemoved(path)
            }
        }
        return isEmptied ? inputs : nil
    }

    /// Leaves nothing in a folder but empty folders. - Returns: their names; `nil` where more is left.
    private static func foldersOfCleared(_ folder: String) -> [String]? {
        guard isOwn(folder), let names = try? Directory.names(in: folder) else { return nil }
        let kept = names.filter { isCleared("\(folder)/\($0)") }
        return names.allSatisfy { kept.contains($0) || isRemoved("\(folder)/\($0)") } ? kept : nil
    }

    private static func isCleared(_ folder: String) -> Bool {
        guard isOwn(folder), let names = try? Directory.names(in: folder) else { return false }
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

    /// Lets a note say nothing, unless a command has put something else in its place.
    private static func isSilent(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1, status.st_uid == geteuid() else {
            return false
        }
        return (try? AttemptNote.clear(path)) != nil
    }
}
