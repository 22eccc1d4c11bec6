import Glibc
import MartletCore

/// The end of a log, where records are added: the state of a `SegmentWriter`.
///
/// Invariant between calls: the open segment holds whole, checksummed records up to `sizeBytes`, and nothing after
/// unless `isTorn`. Bytes taken back after a failed write may have been read by somebody, so nothing else is ever
/// written at their offsets: the segment is left as it is, or removed where it is empty, and the next number follows.
struct SegmentTail {
    let folder: SegmentFolder
    let options: SegmentOptions
    let openFile: @Sendable (String) throws -> any SegmentFile
    private(set) var number: Int
    private var file: (any SegmentFile)?
    private var sizeBytes = 0
    private var isTorn = false
    private var isUnsynced = false
    private var lastSync: Timestamp?

    /// Opens the last segment of a folder and cuts off a torn tail.
    init(
        _ folder: SegmentFolder, _ options: SegmentOptions,
        openFile: @escaping @Sendable (String) throws -> any SegmentFile
    ) throws {
        self.folder = folder
        self.options = options
        self.openFile = openFile
        number = try folder.segments().last?.number ?? 0
        if number > 0 { file = try openFile(folder.segment(number).path) }
    }

    mutating func recover() throws -> SegmentRecovery {
        let cutBytes = try cutTornTail()
        if file == nil { try openNext() }
        return SegmentRecovery(segment: number, cutBytes: cutBytes)
    }

    private mutating func cutTornTail() throws -> Int {
        guard let file else { return 0 }
        let bytes = try file.read(at: 0, countMax: file.sizeBytes())
        let (end, brokenBefore) = RecordLine.lastWhole(in: bytes)
        if let brokenBefore { throw MartletError(brokenSegment: folder.segment(number), offset: brokenBefore) }
        if end < bytes.count {
            try file.truncate(to: end)
            try file.synchronize()
        }
        sizeBytes = end
        return bytes.count - end
    }

    /// Writes whole records. On return they survive the process; on an error nothing of them remains.
    mutating func append(_ bytes: [UInt8]) throws {
        try mend()
        if file != nil, sizeBytes > 0, sizeBytes + bytes.count > options.segmentSizeBytesMax { try seal() }
        if file == nil { try openNext() }
        guard let file else { preconditionFailure("openNext opens a file or throws") }
        do {
            try file.write(bytes, at: sizeBytes)
            if options.sync == .everyAppend { try file.synchronize() }
        } catch {
            isTorn = true
            // Where mending fails too, `isTorn` stays and the next append begins with it.
            try? mend()
            throw error
        }
        sizeBytes += bytes.count
        isUnsynced = options.sync != .everyAppend
    }

    mutating func synchronize() throws {
        guard isUnsynced, let file else { return }
        try file.synchronize()
        isUnsynced = false
    }

    /// Returns whether it was due.
    mutating func synchronizeIfDue(_ now: Timestamp) throws -> Bool {
        guard isUnsynced, case .interval(let interval) = options.sync else { return false }
        // A clock that went back makes it due.
        if let lastSync, lastSync <= now, now - lastSync < interval { return false }
        try synchronize()
        lastSync = now
        return true
    }

    /// Ends the open segment and begins the next, so that readers see that it is sealed. An empty one stays open.
    mutating func seal() throws {
        try mend()
        guard file != nil, sizeBytes > 0 else { return }
        try synchronize()
        try openNext()
    }

    private mutating func openNext() throws {
        let next = folder.segment(number + 1)
        let opened = try openFile(next.path)
        try Directory.synchronize(folder.path)
        (file, number, sizeBytes, isUnsynced) = (opened, next.number, 0, false)
    }

    /// Takes back what a failed write left.
    private mutating func mend() throws {
        guard isTorn, let file else { return }
        if try file.sizeBytes() > sizeBytes {
            try file.truncate(to: sizeBytes)
            try file.synchronize()
            self.file = nil
            if sizeBytes == 0 { try remove(folder.segment(number)) }
        }
        (isTorn, isUnsynced) = (false, isUnsynced && self.file != nil)
    }

    private func remove(_ segment: Segment) throws {
        guard unlink(segment.path) == 0 else { throw MartletError.io("remove", segment.path, errno: errno) }
    }
}

extension MartletError {
    init(brokenSegment segment: Segment, offset: Int) {
        self.init(
            .corrupt,
            "the segment '\(segment.path)' is broken at byte \(offset), and whole records follow; "
                + "restore it from a copy, or move it aside to go on without its records"
        )
    }
}
