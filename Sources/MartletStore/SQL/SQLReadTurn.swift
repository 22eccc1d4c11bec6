import Dispatch
import MartletCore
import Synchronization

/// A read whose task may be cancelled while it waits or runs, from any thread.
final class SQLReadTurn: Sendable {
    private let cancelled = Atomic(false)
    /// What ends the read that runs.
    private let interruption = Mutex<(@Sendable () -> Void)?>(nil)

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    func cancel() {
        cancelled.store(true, ordering: .relaxed)
        // Whoever cancels does not wait for a server.
        DispatchQueue.global().async { self.interruption.withLock { $0?() } }
    }

    /// Reads what `interrupt` ends, on another thread, where the task is cancelled meanwhile. What that ends late is none of the next read's.
    func interruptible<Value>(_ interrupt: @escaping @Sendable () -> Void, _ body: () throws -> Value) throws -> Value {
        interruption.withLock { $0 = interrupt }
        defer { interruption.withLock { $0 = nil } }
        try check()
        return try body()
    }

    /// - Throws: `CancellationError`.
    func check() throws { if isCancelled { throw CancellationError() } }

    /// Waits for an answer, and raises the flag where the task is cancelled meanwhile.
    static func waiting<Value: Sendable>(_ begin: (SQLReadTurn, CheckedContinuation<Value, any Error>) -> Void) async throws -> Value {
        let turn = SQLReadTurn()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { begin(turn, $0) }
        } onCancel: {
            turn.cancel()
        }
    }
}
