import Glibc
import MartletCore
import MartletStore
import Synchronization

/// A disk with little space: real files, whose writes fail half way once the space is used up.
final class SmallDisk: Sendable {
    struct State {
        var freeBytes: Int
        var isTruncateBroken = false
        var failingSyncCount = 0
    }

    let state: Mutex<State>

    init(freeBytes: Int) { state = Mutex(State(freeBytes: freeBytes)) }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    func open(_ path: String) throws -> any SegmentFile {
        SmallDiskFile(file: try StoredSegmentFile(path: path), path: path, disk: self)
    }
}

private final class SmallDiskFile: SegmentFile {
    let file: StoredSegmentFile
    let path: String
    let disk: SmallDisk

    init(file: StoredSegmentFile, path: String, disk: SmallDisk) {
        (self.file, self.path, self.disk) = (file, path, disk)
    }

    func sizeBytes() throws -> Int { try file.sizeBytes() }

    func read(at offset: Int, countMax: Int) throws -> [UInt8] { try file.read(at: offset, countMax: countMax) }

    func write(_ bytes: [UInt8], at offset: Int) throws {
        let count = disk.state.withLock { state in
            let count = min(bytes.count, state.freeBytes)
            state.freeBytes -= count
            return count
        }
        try file.write(Array(bytes.prefix(count)), at: offset)
        if count < bytes.count { throw MartletError.io("write", path, errno: ENOSPC) }
    }

    func truncate(to sizeBytes: Int) throws {
        if disk.state.withLock({ $0.isTruncateBroken }) { throw MartletError.io("truncate", path, errno: EIO) }
        let freed = try file.sizeBytes() - sizeBytes
        try file.truncate(to: sizeBytes)
        disk.set { $0.freeBytes += freed }
    }

    func synchronize() throws {
        let fails = disk.state.withLock { state in
            state.failingSyncCount -= 1
            return state.failingSyncCount >= 0
        }
        if fails { throw MartletError.io("sync", path, errno: EIO) }
    }
}
