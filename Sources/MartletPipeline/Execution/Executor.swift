package import MartletCore

/// Runs attempts at steps: on this machine, or as jobs of an engine that has many.
///
/// `run` is called from many tasks at once, once for each attempt, and returns when nothing of the attempt runs any more; cancelling its
/// task stops the attempt. Ships a conformance kit in the tests of this module.
package protocol Executor: Sendable {
    /// What it is called in records, such as `local`.
    var name: String { get }
    /// What there is to give.
    func capacity() async -> Resources
    /// Makes an attempt, to its end. Where an earlier attempt at the same key had ended well and nobody heard of it, its outputs are
    /// kept, and nothing runs again, if it was made when the attempt says.
    func run(_ attempt: StepAttempt) async -> AttemptResult
    /// Whether outputs of such an attempt wait.
    func hasLeftover(_ id: StepID, _ key: Digest) async -> Bool
    /// The attempt's execution is on record; what was kept for the case that it was not may go.
    func forget(_ attempt: StepAttempt) async
    /// Removes what was kept for next attempts, as none follows.
    func tidy() async
    /// Whether what an attempt reads has to be durable and on record before it begins.
    func readsRecorded(_ attempt: StepAttempt) -> Bool
}

extension Executor {
    package func readsRecorded(_ attempt: StepAttempt) -> Bool { true }

    package func tidy() async {}
}

/// One attempt at a step, with all that it needs.
package struct StepAttempt: Sendable {
    package let step: Step
    package let id: StepID
    package let run: String
    /// From 1 on, over all attempts of the run.
    package let number: Int
    package let key: Digest
    package let inputs: [String: InputContent]
    package let resources: Resources
    /// Tells people how far it is.
    package let report: @Sendable (Double?, String) -> Void
    /// Which outputs of an earlier attempt may be taken.
    package var leftovers = LeftoverWindow.any

    package init(
        step: Step, id: StepID, run: String, number: Int, key: Digest, inputs: [String: InputContent], resources: Resources,
        report: @escaping @Sendable (Double?, String) -> Void
    ) {
        self.step = step
        self.id = id
        self.run = run
        self.number = number
        self.key = key
        self.inputs = inputs
        self.resources = resources
        self.report = report
    }

    /// What a step of this program is given.
    package var context: StepContext { StepContext(id: id, inputs: inputs, key: key, report: report) }
}

/// How an attempt ended, and what it used.
package struct AttemptResult: Sendable {
    package var result: Result<StepResult, StepFailure>
    package var usage: StepUsage
    /// What the attempt used that made this, where that was an earlier one of which nobody heard; its own record has that too.
    package var earlierUsage: StepUsage?
    /// When that was made.
    package var earlier: AttemptSpan?
    /// What was thrown, where the step is one of this program's.
    package var error: (any Error)?
    /// The content of its log, where that is to come from another machine.
    package var log: Digest?

    package init(_ result: Result<StepResult, StepFailure>, usage: StepUsage = StepUsage(), error: (any Error)? = nil) {
        (self.result, self.usage, self.error) = (result, usage, error)
    }
}
