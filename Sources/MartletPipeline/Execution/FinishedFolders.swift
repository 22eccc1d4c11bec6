import Foundation
import Glibc
import MartletCore
import MartletStore
import Synchronization

/// What attempts leave behind that are on record: put aside at once, and removed many together.
///
/// Some file systems (ext4 without a journal) pass over what was removed in the last seconds, one by one, for each file that is made: a run
/// of many short steps would wait for what the steps before have removed. A folder that holds much is removed at once.
final class FinishedFolders: Sendable {
    /// How a folder is called that was put aside, among those of attempts.
    static let prefix = "done-"
    /// So many are put aside before they are removed while the run goes on.
    static let countMax = 1_000
    /// What may be put aside has no more files and folders, and takes no more of the disk for itself.
    static let (entryCountMax, sizeBytesMax) = (32, 65_536)

    private let place: String
    private let countMax: Int
    private let waiting = Mutex<[String]>([])

    /// - Parameter place: the folder of attempts.
    init(place: String, countMax: Int = FinishedFolders.countMax) { (self.place, self.countMax) = (place, countMax) }

    /// Takes a folder's name away from it, so that another may have it. What cannot be taken away is replaced when its name is needed.
    func add(_ path: String) {
        var rest = (count: Self.entryCountMax, sizeBytes: Self.sizeBytesMax)
        guard Self.isSmall(path, &rest) else {
            Self.remove([path])
            return
        }
        let aside = "\(place)/\(Self.prefix)\(UInt64.random(in: 0 ... .max))"
        guard rename(path, aside) == 0 else { return }
        let full = waiting.withLock { waiting -> [String] in
            waiting.append(aside)
            guard waiting.count >= countMax else { return [] }
            defer { waiting = [] }
            return waiting
        }
        Self.remove(full)
    }

    /// Whether what is there fits into what may be put aside. A file that has another name takes no room of its own.
    private static func isSmall(_ path: String, _ rest: inout (count: Int, sizeBytes: Int)) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return true }
        rest.count -= 1
        if status.st_mode & S_IFMT == S_IFDIR {
            guard let names = try? Directory.names(in: path), names.count <= rest.count else { return false }
            return names.allSatisfy { isSmall("\(path)/\($0)", &rest) }
        }
        if status.st_nlink == 1 { rest.sizeBytes -= Int(clamping: Int64(status.st_blocks) * 512) }
        return rest.count >= 0 && rest.sizeBytes >= 0
    }

    /// Removes all that was put aside.
    func remove() {
        Self.remove(
            waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            })
    }

    private static func remove(_ folders: [String]) {
        // What cannot be removed now is removed by 'martlet gc', as what a killed run has put aside.
        for folder in folders { try? FileManager.default.removeItem(atPath: folder) }
    }
}
