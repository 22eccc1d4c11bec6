import MartletCore
import MartletStore

/// Makes the one attempt that a job is for, on a machine that its runner does not see.
package struct StepWorker {
    private let job: any AttemptJob
    private let records: PipelineStore

    package init(_ job: any AttemptJob, records: PipelineStore) { (self.job, self.records) = (job, records) }

    /// The attempt, once this process alone may make it.
    /// - Throws: `conflict` where nobody wants it any more, or another process has begun it: then nothing is to be done.
    package func begin() async throws -> StepOrder {
        guard let order = try await job.order() else { throw unwanted("nobody waits for it any more") }
        // A job that was stopped while it waited, or whose runner is gone, begins all the same.
        guard try await records.isWanted(order) else { throw unwanted("its run has ended, or gone on without it") }
        guard try await job.claim() else { throw unwanted("it was begun before, or given up") }
        return order
    }

    private func unwanted(_ why: String) -> MartletError { MartletError(.conflict, "job '\(job.name)' is not to be run: \(why)") }

    /// Runs the attempt. What fails before it runs fails the attempt too.
    /// - Parameter step: the step as it is on this machine.
    package static func make(
        _ order: StepOrder, on executor: any Executor, clock: any RunClock = SystemClock(), step: () throws -> Step
    ) async -> AttemptResult {
        let startedAt = clock.now
        do {
            var result = await executor.run(try attempt(order, step()))
            // For a later runner, where this one's does not live to hear of it.
            result.earlier = AttemptSpan(startedAt: startedAt, endedAt: clock.now)
            return result
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)))
        }
    }

    private static func attempt(_ order: StepOrder, _ step: Step) throws -> StepAttempt {
        let key = StepKey(step: step, partition: order.id.partition, inputs: order.inputs)
        guard key == order.key else {
            throw StepFailure(
                .refused,
                "step '\(order.id)' is another one on this node than where the run was begun; make the node as that machine: "
                    + key.differences(from: order.key.parts).joined(separator: ", "))
        }
        return StepAttempt(
            step: step.with(try step.paths(of: order.id)), id: order.id, run: order.run, number: order.number, key: key.digest,
            inputs: order.inputs, resources: .none,
            report: { _, _ in })
    }
}

extension PipelineStore {
    /// Whether an attempt is to be made: its run is under way, and neither its own end nor a later attempt is on record.
    ///
    /// The beginning of what may run twice is put on record while it runs, so it may not be there yet.
    func isWanted(_ order: StepOrder) async throws -> Bool {
        let place: [SQLValue] = [.text(order.run), .text(order.id.step), .text(order.id.partition.stored), .integer(Int64(order.number))]
        return try await database.read { connection in
            guard try connection.exists("SELECT 1 FROM pipeline_runs WHERE id = ? AND state = 'running'", [.text(order.run)]) else {
                return false
            }
            let attempts = "SELECT 1 FROM pipeline_attempts WHERE run = ? AND step = ? AND partition = ? AND "
            if order.isOnceOnly, try !connection.exists(attempts + "attempt = ?", place) { return false }
            return try !connection.exists(
                attempts + "(attempt > ? OR (attempt = ? AND ended_at IS NOT NULL))", place + [.integer(Int64(order.number))])
        }
    }
}
