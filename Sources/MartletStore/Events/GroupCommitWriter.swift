import Dispatch
import Foundation
import MartletCore
import Synchronization

/// Lets many tasks append to one log, and pays for one write and one sync for all that wait at a time.
///
/// One thread of its own writes; it lives until `close()`, which the owner must call. An append that was queued is
/// carried out even if its task is cancelled meanwhile.
package final class GroupCommitWriter: Sendable {
    /// The most appends that wait.
    package static let queueCountMax = 10_000
    /// The most bytes that wait.
    package static let queueSizeBytesMax = 64 << 20

    private struct Pending {
        let payload: [UInt8]
        let completion: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var queue: [Pending] = []
        var queueSizeBytes = 0
        var isClosed = false
        var hasEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let writer: SegmentWriter
    private let queueCountMax: Int
    private let syncInterval: Duration?
    private let state = Mutex(State())
    /// Raised once whenever the queue ceases to be empty, and once by a close of an empty queue; the thread takes the
    /// queue only after having lowered it. So it stands at 1 while there is something to take and at 0 otherwise.
    private let work = DispatchSemaphore(value: 0)

    /// Starts the thread.
    /// - Parameter queueCountMax: the most appends that wait, 1…`GroupCommitWriter.queueCountMax`.
    package init(_ writer: SegmentWriter, queueCountMax: Int = GroupCommitWriter.queueCountMax) {
        self.writer = writer
        self.queueCountMax = min(max(1, queueCountMax), Self.queueCountMax)
        syncInterval = writer.syncInterval
        let thread = Thread { self.run() }
        thread.name = "martlet-log"
        thread.start()
    }

    /// Appends a record; returns when the writer has acknowledged it.
    /// - Throws: `invalidInput`, `limitExceeded` for a large record, `overloaded` for a full queue, `storage`, `unavailable` after
    ///   `close()`.
    package func append(_ payload: [UInt8]) async throws {
        try writer.check(payload)
        try await withCheckedThrowingContinuation { completion in
            let refusal = state.withLock { state in
                enqueue(Pending(payload: payload, completion: completion), &state)
            }
            if let refusal { completion.resume(throwing: refusal) }
        }
    }

    /// Refuses later appends, writes what waits, makes it durable and ends the thread. Later calls only wait for that.
    /// - Throws: `storage` where the last sync failed.
    package func close() async throws {
        await withCheckedContinuation { closer in
            let hasEnded = state.withLock { state in
                if !state.isClosed, state.queue.isEmpty { work.signal() }
                state.isClosed = true
                if !state.hasEnded { state.closers.append(closer) }
                return state.hasEnded
            }
            if hasEnded { closer.resume() }
        }
        try writer.sync()
    }

    /// How many appends wait for the thread, apart from those that it is writing.
    package var waitingCount: Int { state.withLock { $0.queue.count } }

    private func enqueue(_ pending: Pending, _ state: inout State) -> MartletError? {
        if state.isClosed {
            return MartletError(
                .unavailable, "the log '\(writer.folder.path)' is closed; append before the server stops"
            )
        }
        let isFull = state.queueSizeBytes + pending.payload.count > Self.queueSizeBytesMax
        if isFull || state.queue.count >= queueCountMax {
            return MartletError(
                .overloaded,
                "the log '\(writer.folder.path)': \(state.queue.count) records wait for the disk, the most is "
                    + "\(queueCountMax) and \(Self.queueSizeBytesMax) bytes; send fewer at once",
                retryAfterSeconds: 1
            )
        }
        if state.queue.isEmpty { work.signal() }
        state.queue.append(pending)
        state.queueSizeBytes += pending.payload.count
        return nil
    }
}

// MARK: - The thread

extension GroupCommitWriter {
    private func run() {
        var syncFailure: (any Error)?
        var isOpen = true
        while isOpen {
            guard waitsForWork() else {
                syncFailure = syncIfDue() ?? syncFailure
                continue
            }
            let (batch, isClosed) = take()
            write(batch, instead: &syncFailure)
            isOpen = !isClosed
        }
        let closers = state.withLock { state in
            state.hasEnded = true
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    /// `false` where the sync interval passed first.
    private func waitsForWork() -> Bool {
        guard let syncInterval else {
            work.wait()
            return true
        }
        let (seconds, attoseconds) = syncInterval.components
        let nanoseconds = Int(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let wait = nanoseconds.overflow ? Int.max : nanoseconds.partialValue + Int(attoseconds / 1_000_000_000)
        return work.wait(timeout: .now() + .nanoseconds(wait)) == .success
    }

    private func take() -> (batch: [Pending], isClosed: Bool) {
        state.withLock { state in
            defer { (state.queue, state.queueSizeBytes) = ([], 0) }
            return (state.queue, state.isClosed)
        }
    }

    /// Writes a batch in parts that the writer takes at once. A sync that failed before is told to the first part,
    /// instead of writing it, as there was nobody to tell then.
    private func write(_ batch: [Pending], instead syncFailure: inout (any Error)?) {
        var rest = batch[...]
        while !rest.isEmpty {
            let part = rest.prefix(writer.countFitting(rest.lazy.map(\.payload.count)))
            rest = rest.dropFirst(part.count)
            let failure = syncFailure ?? appendFailure(part.map(\.payload))
            syncFailure = nil
            for pending in part {
                if let failure { pending.completion.resume(throwing: failure) } else { pending.completion.resume() }
            }
        }
        syncFailure = syncIfDue() ?? syncFailure
    }

    private func appendFailure(_ payloads: [[UInt8]]) -> (any Error)? {
        do {
            try writer.append(payloads)
            return nil
        } catch {
            return error
        }
    }

    private func syncIfDue() -> (any Error)? {
        do {
            try writer.syncIfDue(.now)
            return nil
        } catch {
            return error
        }
    }
}
