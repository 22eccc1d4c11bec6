import MartletCore
import Synchronization

/// A read whose task may be cancelled while it waits or runs, from any thread.
final class SQLReadTurn: Sendable {
    private let cancelled = Atomic(false)

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    func cancel() { cancelled.store(true, ordering: .relaxed) }

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
