/// Answers requests of many callers with few runs of a model: those that wait at the same time run together where that pays.
///
/// `BatchQueue` decides; this carries out. Batches run on threads of their own, `policy.runnerCount` of them. Where the cost curve
/// says that batching does not pay, short requests run on their caller's thread and pass no queue. When a batch of several fails,
/// its halves are run again, and theirs, until only those who are to blame get the error (at most `policy.retryRunCountMax` runs).
///
/// The threads end with `close()` or when the batcher is let go; requests that wait then are refused.
package final class Batcher<Input: Sendable, Output: Sendable>: Sendable {
    /// Runs the model on a batch, called from several threads at once: one output for each input, in their order.
    package typealias Run = @Sendable (_ inputs: [Input]) throws -> [Output]

    private let core: BatcherCore<Input, Output>

    /// Starts the threads.
    /// - Parameters:
    ///   - name: what the errors call it: the model's name.
    ///   - curve: what batches cost, as measured; it goes on learning from the batches that are run.
    /// - Throws: `invalidInput` for a policy whose limits are none.
    package init(
        name: String, policy: BatchingPolicy, curve: CostCurve, clock: any BatchClock = SystemBatchClock(), run: @escaping Run
    ) throws {
        core = BatcherCore(name: name, queue: try BatchQueue(policy: policy, curve: curve), clock: clock, run: run)
        core.startRunners()
    }

    deinit { core.close(draining: false) }

    /// Answers one request, together with others or alone. A cancelled task leaves at once.
    /// - Parameters:
    ///   - rows: what the request counts for in a batch; values below 1 count as 1.
    ///   - priority: the higher goes first; kept within `BatchingPolicy.priorityRange`.
    ///   - timeout: how long the request may wait before it is run; `nil` for any time.
    /// - Throws: `overloaded` with `retryAfterSeconds`, `expired` after the timeout, `unavailable` after `close`, `engine` where the
    ///   model gives another number of outputs than inputs, `CancellationError`, and what the model throws for this request.
    package nonisolated(nonsending) func submit(
        _ input: Input, rows: Int, priority: Int = 0, timeout: Duration? = nil
    ) async throws -> Output {
        try Task.checkCancellation()
        if let output = try core.answerDirectly(input, rows: rows) { return output }
        let id = core.newRequestID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { completion in
                core.enqueue(id, input, rows: rows, priority: priority, timeout: timeout, completion)
                // A cancellation that came before the request was there found nothing to cancel.
                if Task.isCancelled { core.cancel(id) }
            }
        } onCancel: {
            core.cancel(id)
        }
    }

    /// Answers a request on the calling thread, for callers who can do without `await`; `nil` where it has to be submitted.
    /// - Throws: as `submit`.
    package func answerDirectly(_ input: Input, rows: Int) throws -> Output? { try core.answerDirectly(input, rows: rows) }

    /// Whether requests of so many rows run on their caller's thread now.
    package func runsDirectly(rows: Int) -> Bool { core.runsDirectly(rows: rows) }

    /// What batches cost, as learned so far.
    package var curve: CostCurve { core.curve }

    /// What was done so far, and what is done now.
    package var statistics: BatchStatistics { core.statistics }

    /// Refuses later requests and returns when the threads have ended.
    /// - Parameter draining: whether requests that wait are still answered; else they are refused as well.
    package func close(draining: Bool = true) async {
        core.close(draining: draining)
        await core.ended()
    }
}
