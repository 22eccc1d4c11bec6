import Glibc
package import MartletCore
import Synchronization

/// Appends records to a log. Safe to call from any thread; calls block for the disk.
///
/// A record that was acknowledged survives the death of the process at once, and a loss of power as the sync policy
/// says. One whose append threw is not in the log; where the process died during the append, it may be.
/// There is one writer at a time.
package final class SegmentWriter: Sendable {
    /// The folder of the log.
    package let folder: SegmentFolder
    /// What opening found.
    package let recovery: SegmentRecovery
    private let options: SegmentOptions
    private let lock: FileLock
    private let tail: Mutex<SegmentTail>

    /// Opens a log, makes it where missing, and cuts off a torn record at its end.
    /// - Parameters:
    ///   - waitAtMost: how long to wait for another writer.
    ///   - openFile: opens the file of a segment, making it where missing.
    /// - Throws: `locked` where another writer is at work, `corrupt` where records follow a broken one, `storage`.
    package init(
        folder path: String, options: SegmentOptions = SegmentOptions(), waitAtMost: Duration = .zero,
        openFile: @escaping @Sendable (String) throws -> any SegmentFile = { try StoredSegmentFile(path: $0) }
    ) throws {
        folder = SegmentFolder(path: path)
        self.options = options
        try Directory.create(folder.path)
        lock = try FileLock.acquire(path: "\(folder.path)/lock", purpose: "write the log", waitAtMost: waitAtMost)
        var opened = try SegmentTail(folder, options, openFile: openFile)
        recovery = try opened.recover()
        tail = Mutex(opened)
    }

    /// Appends a batch: all of it, by one write, or nothing.
    /// - Parameter records: the payloads, JSON texts without a newline.
    /// - Throws: `invalidInput`, `limitExceeded`, `storage` with nothing kept; after that, appends work again as soon
    ///   as the disk does.
    package func append(_ records: [[UInt8]]) throws {
        guard !records.isEmpty else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.reduce(0) { $0 + $1.count + RecordLine.overheadBytes })
        for record in records {
            try check(record)
            RecordLine.append(record, to: &bytes)
        }
        guard bytes.count <= options.batchSizeBytesMax else {
            throw MartletError(
                .limitExceeded,
                "the log '\(folder.path)': expected batches up to \(options.batchSizeBytesMax) bytes, "
                    + "found \(bytes.count); append fewer records at once"
            )
        }
        try naming("append to") { try tail.withLock { try $0.append(bytes) } }
    }

    /// Checks a payload without writing it.
    /// - Throws: `invalidInput` for a newline, `limitExceeded`.
    package func check(_ record: [UInt8]) throws {
        guard record.count <= options.recordSizeBytesMax else {
            throw MartletError(
                .limitExceeded,
                "the log '\(folder.path)': expected records up to \(options.recordSizeBytesMax) bytes, "
                    + "found \(record.count); log less"
            )
        }
        guard !record.contains(RecordLine.newline) else {
            throw MartletError(
                .invalidInput, "the log '\(folder.path)': a record holds a newline; write its JSON on one line"
            )
        }
    }

    /// Makes all that was appended durable against loss of power.
    package func sync() throws {
        try naming("sync") { try tail.withLock { try $0.synchronize() } }
    }

    /// Does so where the policy is an interval that has passed. Returns whether it did.
    @discardableResult
    package func syncIfDue(_ now: Timestamp) throws -> Bool {
        try naming("sync") { try tail.withLock { try $0.synchronizeIfDue(now) } }
    }

    /// Ends the open segment and begins the next; nothing where it is empty.
    package func seal() throws {
        try naming("seal a segment of") { try tail.withLock { try $0.seal() } }
    }

    /// The segments that never change again.
    package func sealedSegments() throws -> [Segment] { try folder.sealedSegments() }

    /// Makes a write beyond the process's file size limit (`RLIMIT_FSIZE`) fail with an error instead of ending it.
    package static func ignoreFileSizeSignal() { signal(SIGXFSZ, SIG_IGN) }

    /// The interval of the sync policy; `nil` where every append syncs.
    var syncInterval: Duration? {
        if case .interval(let interval) = options.sync { interval } else { nil }
    }

    /// How many of the first payloads, given their sizes, fit into one batch; at least one.
    func countFitting(_ sizesBytes: some Sequence<Int>) -> Int {
        var (count, sum) = (0, 0)
        for size in sizesBytes {
            sum += size + RecordLine.overheadBytes
            if sum > options.batchSizeBytesMax { break }
            count += 1
        }
        return max(1, count)
    }

    private func naming<Value>(_ action: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw MartletError(
                .storage, "cannot \(action) the log '\(folder.path)'; see to that disk and try again", cause: error
            )
        }
    }
}
