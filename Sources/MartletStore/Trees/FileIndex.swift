import Glibc
package import MartletCore
import Synchronization

/// Remembers the digests of files, so that only those that changed are read again.
///
/// A file is believed to hold what it held where size, both times, inode and device are as they were, and its last change lay so far
/// back when it was read (`FileStamp.marginNanoseconds`) that another one would have another time. What a program writes through a
/// mapping of the file shows when the operating system next notes its time, as for every tool that looks at times.
///
/// Safe from any thread. Several processes may have one each on the same file: the last to save wins, and nothing is lost but time.
package final class FileIndex: Sendable {
    fileprivate struct State {
        var table: IndexTable
        /// Single files since the table was made.
        var news: [[UInt8]: KnownFile] = [:]
        var isSaved = true
    }

    /// How many single files are kept aside before a new table is made of them.
    private static let newsCountMax = 20_000

    private let root: String
    private let file: String
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>

    /// An index of the files of a project.
    /// - Parameters:
    ///   - root: the folder that relative paths begin at.
    ///   - file: where it is remembered; a damaged one is thrown away.
    ///   - now: the wall clock.
    /// - Throws: `storage` where the file cannot be read.
    package init(root: String, file: String, now: @escaping @Sendable () -> Timestamp = { .now }) throws {
        self.root = root
        self.file = file
        self.now = now
        state = Mutex(State(table: try IndexTable.load(file) ?? .empty))
    }

    /// The digest of a file's bytes, as `Digest(ofFile:)`. A link at the path itself is followed.
    /// - Throws: `notFound`, `storage`; `invalidInput` where it is no regular file; `conflict` where it never stops to change.
    package func digest(ofFile path: String) throws -> Digest {
        let key = Self.key(path)
        let folder = try OpenFile(root, O_RDONLY | O_DIRECTORY)
        var status = stat()
        if fstatat(folder.descriptor, path, &status, 0) == 0, let known = known(key), known.stamp == FileStamp(status) {
            return known.digest.digest
        }
        let start = now().nanoseconds
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SteadyFile.pieceBytes, alignment: 64)
        defer { buffer.deallocate() }
        let found = try SteadyFile.digest(in: folder.descriptor, path, buffer: buffer, followsLink: true)
        if found.stamp.isSettled(readAt: start) {
            learn(key, KnownFile(stamp: found.stamp, digest: found.digest, isExecutable: found.isExecutable))
        }
        return found.digest.digest
    }

    /// What is in a folder. A link at the path itself is followed; those inside are kept as links.
    /// - Throws: `notFound`, `storage`, `conflict`; `invalidInput` for pipes, sockets and devices; `limitExceeded`.
    package func digest(ofFolder path: String) throws -> Tree {
        let rootFolder = try OpenFile(root, O_RDONLY | O_DIRECTORY)
        let descriptor = retrying { openat(rootFolder.descriptor, path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw MartletError.io("open the folder", path, errno: errno) }
        let folder = OpenFile(adopting: descriptor, path: path)
        let key = Self.key(path)
        let prefix = key.isEmpty ? [] : key + [0x2F]
        let table = state.withLock { state in
            state.absorbNews()
            return state.table
        }
        let start = now().nanoseconds
        let scan = try FolderScan(
            folder.descriptor, name: key.isEmpty ? root : String(decoding: key, as: UTF8.self), known: table, prefix: prefix)
        if scan.learns(readAt: start) { learn(scan, prefix, readAt: start) }
        return scan.tree()
    }

    /// Writes what was learnt to the file; does nothing where nothing was.
    /// - Throws: `storage`.
    package func save() throws {
        let table = state.withLock { state -> IndexTable? in
            state.absorbNews()
            defer { state.isSaved = true }
            return state.isSaved ? nil : state.table
        }
        do {
            try table?.save(to: file)
        } catch {
            state.withLock { $0.isSaved = false }
            throw error
        }
    }

    /// A path as it is remembered: without what says nothing.
    private static func key(_ path: String) -> [UInt8] {
        let parts = path.utf8.split(separator: 0x2F).filter { !$0.elementsEqual([0x2E]) }
        return (path.hasPrefix("/") ? [0x2F] : []) + Array(parts.joined(separator: [0x2F]))
    }

    private func known(_ key: [UInt8]) -> KnownFile? {
        state.withLock { state in
            state.news[key] ?? key.withUnsafeBufferPointer { state.table.place(of: $0) }.map { KnownFile(state.table.records[$0]) }
        }
    }

    private func learn(_ key: [UInt8], _ known: KnownFile) {
        state.withLock { state in
            state.news[key] = known
            state.isSaved = false
            if state.news.count >= Self.newsCountMax { state.absorbNews() }
        }
    }

    /// All that is below the folder is what was found there.
    private func learn(_ scan: FolderScan, _ prefix: [UInt8], readAt start: Int64) {
        state.withLock { state in
            state.absorbNews()
            let old = state.table
            let range = old.range(below: prefix)
            state.table = scan.withRun(prefix, readAt: start) { run in
                IndexTable([old.run(0..<range.lowerBound), run, old.run(range.upperBound..<old.records.count)])
            }
            state.isSaved = false
        }
    }
}

/// What is remembered of a file.
struct KnownFile: Sendable {
    let stamp: FileStamp
    let digest: DigestBits
    let isExecutable: Bool

    init(stamp: FileStamp, digest: DigestBits, isExecutable: Bool) {
        self.stamp = stamp
        self.digest = digest
        self.isExecutable = isExecutable
    }

    init(_ record: IndexRecord) {
        self.init(stamp: record.stamp, digest: DigestBits(words: record.digest), isExecutable: record.isExecutable != 0)
    }

    func record(pathStart: Int, pathCount: Int) -> IndexRecord {
        IndexRecord(
            pathStart: UInt64(pathStart), pathCount: UInt32(pathCount), isExecutable: isExecutable ? 1 : 0, digest: digest.words,
            stamp: stamp)
    }
}

extension FileIndex.State {
    /// Makes a table with the single files in it.
    fileprivate mutating func absorbNews() {
        guard !news.isEmpty else { return }
        let sorted = news.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let paths = sorted.flatMap(\.key)
        var start = 0
        let records = sorted.map { path, known in
            defer { start += path.count }
            return known.record(pathStart: start, pathCount: path.count)
        }
        let old = table
        table = paths.withUnsafeBufferPointer { paths in
            records.withUnsafeBufferPointer { records in
                guard let base = paths.baseAddress else { return old }
                return IndexTable(Self.runs(old, IndexRun(records: records, paths: base, pathBytes: paths.count)))
            }
        }
        news = [:]
    }

    /// The old records with the new ones in their places.
    private static func runs(_ old: IndexTable, _ news: IndexRun) -> [IndexRun] {
        var (runs, next): ([IndexRun], Int) = ([], 0)
        for index in news.records.indices {
            let record = news.records[index]
            let path = UnsafeBufferPointer(start: news.paths + Int(record.pathStart), count: Int(record.pathCount))
            let place = old.lowerBound(path, in: next..<old.records.count)
            if place > next { runs.append(old.run(next..<place)) }
            let one = UnsafeBufferPointer(rebasing: news.records[index...index])
            runs.append(IndexRun(records: one, paths: news.paths, pathBytes: path.count))
            next = place < old.records.count && old.order(place, path) == 0 ? place + 1 : place
        }
        return runs + [old.run(next..<old.records.count)]
    }
}
