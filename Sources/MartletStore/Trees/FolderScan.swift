import Glibc
import MartletCore

/// A folder with the digests of all that is in it, as one pass found them.
struct FolderScan: Sendable {
    /// How many paths a thread takes at once.
    private static let groupCount = 512
    /// The longest target of a link, as Linux has it.
    private static let targetBytesMax = 4_096

    private struct Found: Sendable {
        var kind = Tree.Kind.emptyFolder
        /// Whether it is known from before, and unchanged.
        var isKnown = false
        var stamp = FileStamp(stat())
        var digest = DigestBits.ofNothing
    }

    private let listing: FolderListing
    private let found: [Found]
    private let targets: [Int: [UInt8]]
    private let knownCount: Int
    /// The bytes of small files, so that who keeps them need not read them twice.
    let smallFiles: SmallFiles?

    /// Looks at a folder by all processors.
    /// - Parameters:
    ///   - folder: open.
    ///   - name: how messages call it.
    ///   - known: what was there before.
    ///   - prefix: what the paths in `known` begin with.
    ///   - keepsBytes: whether the bytes of small files are held in memory.
    init(_ folder: Int32, name: String, known: IndexTable = .empty, prefix: [UInt8] = [], keepsBytes: Bool = false) throws {
        let listing = try FolderListing(folder, name: name)
        self.listing = listing
        let smallFiles = keepsBytes ? SmallFiles() : nil
        self.smallFiles = smallFiles
        let range = known.range(below: prefix)
        knownCount = range.count
        var found = [Found](repeating: Found(), count: listing.items.count)
        try found.withUnsafeMutableBufferPointer { buffer in
            // Each number belongs to one thread.
            nonisolated(unsafe) let buffer = buffer
            try ParallelRanges.forEach(listing.items.count, size: Self.groupCount) { numbers in
                try Self.scan(listing, numbers, folder, name, known, range, prefix, buffer, smallFiles)
            }
        }
        var targets: [Int: [UInt8]] = [:]
        for (number, item) in listing.items.enumerated() where item.kind == .link {
            let target = try Self.target(listing, item, folder, name)
            targets[number] = target
            found[number].digest = target.withUnsafeBytes { DigestBits(of: $0) }
        }
        (self.found, self.targets) = (found, targets)
    }

    private static func scan(
        _ listing: FolderListing, _ numbers: Range<Int>, _ folder: Int32, _ name: String, _ known: IndexTable, _ range: Range<Int>,
        _ prefix: [UInt8], _ found: UnsafeMutableBufferPointer<Found>, _ smallFiles: SmallFiles?
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SteadyFile.pieceBytes, alignment: 64)
        defer { buffer.deallocate() }
        var (path, place) = (prefix, range.lowerBound)
        var group = SmallFiles.Group(numbers)
        for number in numbers {
            let item = listing.items[number]
            guard item.kind == .file else {
                found[number].kind = item.kind == .link ? .link : .emptyFolder
                continue
            }
            path.removeSubrange(prefix.count...)
            path += listing.bytes[item.start..<item.start + item.count]
            place = path.withUnsafeBufferPointer { known.lowerBound($0, in: place..<range.upperBound) }
            let isThere = place < range.upperBound && path.withUnsafeBufferPointer { known.order(place, $0) } == 0
            found[number] = try listing.withPath(item) { file in
                if isThere, let same = same(known.records[place], folder, file) { return same }
                do {
                    let read = try SteadyFile.digest(in: folder, file, buffer: buffer)
                    if smallFiles != nil { group.add(number, UnsafeRawBufferPointer(buffer), sizeBytes: Int(read.stamp.sizeBytes)) }
                    return Found(kind: read.isExecutable ? .executable : .file, stamp: read.stamp, digest: read.digest)
                } catch let error as MartletError where error.code == .notFound {
                    throw MartletError(
                        .conflict, "'\(name)/\(String(cString: file))' went away while its folder was read; let what works there end")
                }
            }
        }
        smallFiles?.add(group)
    }

    /// What is remembered of a file, where that is unchanged.
    private static func same(_ record: IndexRecord, _ folder: Int32, _ path: UnsafePointer<CChar>) -> Found? {
        var status = stat()
        guard fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG,
            record.stamp == FileStamp(status)
        else { return nil }
        let kind: Tree.Kind = status.st_mode & 0o100 != 0 ? .executable : .file
        return Found(kind: kind, isKnown: true, stamp: record.stamp, digest: DigestBits(words: record.digest))
    }

    private static func target(_ listing: FolderListing, _ item: FolderListing.Item, _ folder: Int32, _ name: String) throws -> [UInt8] {
        try listing.withPath(item) { path in
            try [UInt8](unsafeUninitializedCapacity: targetBytesMax) { buffer, count in
                let read = buffer.withMemoryRebound(to: CChar.self) { text in
                    text.baseAddress.map { readlinkat(folder, path, $0, text.count) } ?? 0
                }
                guard read >= 0 else { throw MartletError.io("read the link", "\(name)/\(String(cString: path))", errno: errno) }
                count = read
            }
        }
    }
}

extension FolderScan {
    /// The folder's tree.
    func tree() -> Tree {
        var (bytes, records): ([UInt8], [Tree.Record]) = ([], [])
        bytes.reserveCapacity(listing.bytes.count)
        records.reserveCapacity(found.count)
        for (number, item) in listing.items.enumerated() {
            let target = targets[number] ?? []
            let start = bytes.count
            bytes += listing.bytes[item.start..<item.start + item.count]
            bytes += target
            let size = item.kind == .file ? Int(found[number].stamp.sizeBytes) : target.count
            records.append(
                Tree.Record(kind: found[number].kind, start: start, pathCount: item.count, sizeBytes: size, digest: found[number].digest))
        }
        return Tree(bytes: bytes, records: records)
    }

    /// Whether this knows more, or less, than what was known before.
    func learns(readAt start: Int64) -> Bool {
        var count = 0
        for one in found where one.isKnown { count += 1 }
        return count != knownCount || found.contains { $0.kind.isFile && !$0.isKnown && $0.stamp.isSettled(readAt: start) }
    }

    /// Calls with what is to be remembered; good for the call only.
    func withRun(_ prefix: [UInt8], readAt start: Int64, _ body: (IndexRun) -> IndexTable) -> IndexTable {
        var (paths, records): ([UInt8], [IndexRecord]) = ([0], [])
        records.reserveCapacity(found.count)
        for (item, one) in zip(listing.items, found) where one.kind.isFile && (one.isKnown || one.stamp.isSettled(readAt: start)) {
            let known = KnownFile(stamp: one.stamp, digest: one.digest, isExecutable: one.kind == .executable)
            records.append(known.record(pathStart: paths.count, pathCount: prefix.count + item.count))
            paths += prefix
            paths += listing.bytes[item.start..<item.start + item.count]
        }
        return paths.withUnsafeBufferPointer { paths in
            records.withUnsafeBufferPointer { records in
                guard let base = paths.baseAddress else { preconditionFailure("there is one byte at least") }
                return body(IndexRun(records: records, paths: base, pathBytes: paths.count - 1))
            }
        }
    }
}

extension FolderListing {
    /// Calls with a path as C has it.
    func withPath<Value>(_ item: Item, _ body: (UnsafePointer<CChar>) throws -> Value) rethrows -> Value {
        try bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a path ends with a zero byte") }
            return try body((base + item.start).assumingMemoryBound(to: CChar.self))
        }
    }
}
