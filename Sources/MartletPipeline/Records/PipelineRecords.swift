package import MartletCore

/// What a run needs to remember. A call that has returned survives a crash; one that was under way may have happened or not.
package protocol PipelineRecords: Sendable {
    /// A run begins; those of the same home that never ended are lost.
    func begin(_ run: RunRecord) async throws
    /// A run ends. - Parameter saved: what was not used, by step, because executions were there already.
    func end(_ run: RunRecord, saved: [String: SavedUsage]) async throws
    /// The executions of some keys; a step has none where it never ran with its key.
    func executions(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution]
    /// The executions of some keys; where a step never ran with its key, the one of it that was recorded or reused last.
    func executionsOrLast(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution]
    /// Executions were good for a run without being made again: each is its step's last from now on.
    func reused(_ executions: [StepExecution]) async throws
    /// The executions that were recorded or reused last, of some steps.
    func lastExecutions(_ ids: [StepID]) async throws -> [StepID: StepExecution]
    /// What earlier executions tell, of all steps of some names, and under `.whole` of each step's instances together.
    func estimates(_ steps: [String]) async throws -> [StepID: StepEstimate]
    /// An attempt begins. What is once-only must not begin before this has returned.
    func begin(_ attempt: AttemptRecord) async throws
    /// An attempt has ended, whose beginning need not be on record, with its execution where it ended well; a dead letter of the step is
    /// gone then.
    func end(_ attempt: AttemptRecord, _ execution: StepExecution?) async throws
    /// The last attempt at a once-only step with a key that may have run and is not known to have ended well.
    func unsettledAttempt(_ id: StepID, key: Digest) async throws -> AttemptRecord?
    /// Steps failed for good.
    func bury(_ letters: [DeadLetter]) async throws
}
