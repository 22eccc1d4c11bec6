import Glibc
import MartletCore

/// What is remembered of one file, as it lies in memory and in the file of the index: 88 bytes.
struct IndexRecord: Sendable {
    /// Where its path is among the paths.
    var pathStart: UInt64
    var pathCount: UInt32
    /// 1 where its owner may execute it.
    var isExecutable: UInt32
    var digest: SIMD4<UInt64>
    var stamp: FileStamp
}

/// Files with their stamps and digests, in the order of their paths' bytes; never changed once it is made.
///
/// One run of bytes: a header, the records, the paths. The file of an index is the same bytes, mapped, so that 600,000 of them are
/// there at once. It belongs to one machine and can always be made anew, so that it need be neither portable nor durable.
///
/// `@unchecked Sendable`: the memory is written before the table is, is freed with it, and its file is replaced and never written to.
final class IndexTable: @unchecked Sendable {
    private struct Header {
        /// "martidx" and the version; with another order of bytes it reads as another number.
        static let magic: UInt64 = 0x6D61_7274_6964_7801

        var magic = Header.magic
        var recordCount: UInt64
        var pathBytes: UInt64
        /// Of all that follows the header.
        var checksum: UInt64
    }

    private let memory: UnsafeMutableRawBufferPointer
    private let isMapped: Bool
    let records: UnsafeBufferPointer<IndexRecord>
    let paths: UnsafePointer<UInt8>
    private let pathBytes: Int

    private static var recordsStart: Int { 64 }

    private init(_ memory: UnsafeMutableRawBufferPointer, isMapped: Bool, recordCount: Int, pathBytes: Int) {
        guard let base = memory.baseAddress else { preconditionFailure("a table has a header") }
        self.memory = memory
        self.isMapped = isMapped
        let start = base + Self.recordsStart
        records = UnsafeBufferPointer(
            start: UnsafePointer(start.bindMemory(to: IndexRecord.self, capacity: recordCount)), count: recordCount)
        let pathStart = start + recordCount * MemoryLayout<IndexRecord>.stride
        paths = UnsafePointer(pathStart.bindMemory(to: UInt8.self, capacity: max(1, pathBytes)))
        self.pathBytes = pathBytes
    }

    deinit {
        if isMapped { munmap(memory.baseAddress, memory.count) } else { memory.deallocate() }
    }

    /// A table of runs of records, each with the start of its paths; all of them together in order, without a path twice.
    convenience init(_ runs: [IndexRun]) {
        let count = runs.reduce(0) { $0 + $1.records.count }
        let pathBytes = runs.reduce(0) { $0 + $1.pathBytes }
        let size = Self.sizeBytes(count, pathBytes)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        for index in 0..<Self.recordsStart { memory[index] = 0 }
        self.init(memory, isMapped: false, recordCount: count, pathBytes: pathBytes)
        var (index, end) = (0, 0)
        let records = UnsafeMutablePointer(mutating: self.records.baseAddress)
        for run in runs {
            for record in run.records {
                let pathCount = Int(record.pathCount)
                memcpy(UnsafeMutablePointer(mutating: paths) + end, run.paths + Int(record.pathStart), pathCount)
                var copy = record
                copy.pathStart = UInt64(end)
                records?.advanced(by: index).initialize(to: copy)
                (index, end) = (index + 1, end + pathCount)
            }
        }
        precondition(end == pathBytes)
    }

    private static func sizeBytes(_ count: Int, _ pathBytes: Int) -> Int {
        recordsStart + count * MemoryLayout<IndexRecord>.stride + pathBytes
    }

    static let empty = IndexTable([])

    var all: Range<Int> { 0..<records.count }

    /// Records as part of a new table.
    func run(_ range: Range<Int>) -> IndexRun {
        let part = UnsafeBufferPointer(rebasing: records[range])
        return IndexRun(records: part, paths: paths, pathBytes: part.reduce(0) { $0 + Int($1.pathCount) })
    }
}

/// Some records for a new table. Good as long as what they came from is.
struct IndexRun {
    let records: UnsafeBufferPointer<IndexRecord>
    let paths: UnsafePointer<UInt8>
    let pathBytes: Int
}

extension IndexTable {
    /// Below, at or above zero as the path of a record comes before, is, or comes after a path.
    func order(_ index: Int, _ path: UnsafeBufferPointer<UInt8>) -> Int {
        let record = records[index]
        let count = Int(record.pathCount)
        guard let base = path.baseAddress else { return count }
        let order = memcmp(paths + Int(record.pathStart), base, min(count, path.count))
        return order == 0 ? count - path.count : Int(order)
    }

    /// The first record in a range whose path does not come before a path.
    ///
    /// Looks near the start first: who asks for paths in order, each from the place of the one before on, pays for what lies between.
    func lowerBound(_ path: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> Int {
        var (low, step) = (range.lowerBound, 1)
        var high = low
        while high < range.upperBound, order(high, path) < 0 {
            low = high + 1
            high += step
            step *= 2
        }
        high = min(high, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if order(middle, path) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The place of a path; `nil` where it is not remembered.
    func place(of path: UnsafeBufferPointer<UInt8>) -> Int? {
        let place = lowerBound(path, in: all)
        return place < records.count && order(place, path) == 0 ? place : nil
    }

    /// The records below a folder. - Parameter prefix: its path with a slash at its end; empty for all.
    func range(below prefix: [UInt8]) -> Range<Int> {
        guard let last = prefix.last else { return all }
        precondition(last == 0x2F)
        let after = prefix.dropLast() + [0x30]
        return prefix.withUnsafeBufferPointer { lowerBound($0, in: all) }..<after.withUnsafeBufferPointer { lowerBound($0, in: all) }
    }
}

extension IndexTable {
    /// Reads the file of an index; `nil` where there is none, or none that can be believed.
    /// - Throws: `storage` where it cannot be read.
    static func load(_ path: String) throws -> IndexTable? {
        let file: OpenFile
        do {
            file = try OpenFile(path, O_RDONLY)
        } catch let error as MartletError where error.code == .notFound {
            return nil
        }
        let size = try file.sizeBytes()
        guard size >= recordsStart, let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), base != MAP_FAILED else {
            return nil
        }
        let memory = UnsafeMutableRawBufferPointer(start: base, count: size)
        let header = memory.load(as: Header.self)
        guard header.magic == Header.magic, let count = Int(exactly: header.recordCount), let pathBytes = Int(exactly: header.pathBytes),
            count < size, pathBytes < size, sizeBytes(count, pathBytes) == size, header.checksum == UInt64(checksum(memory))
        else {
            munmap(base, size)
            return nil
        }
        let table = IndexTable(memory, isMapped: true, recordCount: count, pathBytes: pathBytes)
        return table.records.allSatisfy { $0.pathStart &+ UInt64($0.pathCount) <= UInt64(pathBytes) } ? table : nil
    }

    /// Writes the file of an index. Not durable: what a loss of power leaves half done is thrown away, and made anew by reading the files.
    func save(to path: String) throws {
        let header = Header(recordCount: UInt64(records.count), pathBytes: UInt64(pathBytes), checksum: UInt64(Self.checksum(memory)))
        let temporary = TemporaryFile(in: Directory.parent(of: path))
        let file = try OpenFile(temporary.path, O_WRONLY | O_CREAT | O_EXCL)
        try file.write(UnsafeRawBufferPointer(rebasing: memory[Self.recordsStart...]), at: Self.recordsStart)
        try withUnsafeBytes(of: header) { try file.write($0, at: 0) }
        guard rename(temporary.path, path) == 0 else { throw MartletError.io("rename to", path, errno: errno) }
    }

    private static func checksum(_ memory: UnsafeMutableRawBufferPointer) -> UInt32 {
        CRC32C.checksum(UnsafeRawBufferPointer(rebasing: memory[recordsStart...]))
    }
}
