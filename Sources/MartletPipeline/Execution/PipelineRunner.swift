package import MartletCore

/// Runs a graph: a step whose key was seen before, and whose outputs are still there, is not run again.
///
/// An execution is recorded only once all its outputs are on disk, so a killed run continues with the steps that it was in. What may run
/// twice and reads what was made on this machine does not wait for that: one wait for the disk serves all that ended meanwhile.
/// What to do next is decided by `RunEngine`; this carries it out.
package struct PipelineRunner: Sendable {
    /// How long after a refusal by the machine's ledger it is asked again.
    static let claimInterval = Duration.milliseconds(200)
    /// An attempt that may be made twice is seen to have begun after so long.
    static let beginningDelay = Duration.milliseconds(100)

    let records: any PipelineRecords
    let contents: any StepContents
    let executor: any Executor
    let clock: any RunClock
    let ledger: any MachineLedger
    /// `nil` where nobody else makes steps of the same home.
    let keys: KeyLocks?
    /// What instances read of the project.
    let project: ProjectContents
    let explainer: Explainer
    let preparation: Preparation

    /// Says in words how a step's key differs from the parts of an earlier one.
    package typealias Explainer = @Sendable (Step, StepKey, _ earlier: JSONValue) -> [String]
    /// Done before each attempt, in its own task; what it throws is how the attempt failed.
    package typealias Preparation = @Sendable (StepAttempt) throws -> Void

    package init(
        records: any PipelineRecords, contents: any StepContents, executor: any Executor, clock: any RunClock = SystemClock(),
        ledger: any MachineLedger = OwnMachine(), keys: KeyLocks? = nil, project: ProjectContents = .unremembered,
        explainer: @escaping Explainer = { $1.differences(from: $2) }, preparation: @escaping Preparation = { _ in }
    ) {
        self.records = records
        self.contents = contents
        self.executor = executor
        self.clock = clock
        self.ledger = ledger
        self.keys = keys
        self.project = project
        self.explainer = explainer
        self.preparation = preparation
    }

    /// What happens during a run, for those who watch.
    package enum Event: Sendable {
        case reused(StepID, StepExecution)
        /// It is about to begin: how long it will take, where that is known, and how long the longest way from its end to the run's is.
        case outlook(StepID, seconds: Double?, restSeconds: Double)
        case started(StepID, attempt: Int, reasons: [String])
        case progress(StepID, share: Double?, message: String)
        /// Its execution is on record, and survives a loss of power; steps that need it may have begun before.
        case finished(StepID, StepExecution)
        /// An attempt failed; the next one begins then, at the earliest, or where there is no such time when all else is done.
        case retries(StepID, StepFailure, at: Timestamp?)
        case settled(StepID, StepOutcome)
        /// Something of this has changed.
        case standing(RunStanding)
        /// What somebody should know of, in a sentence.
        case warning(String)
    }

    /// What came of a run.
    package struct Outcome: Sendable {
        /// What became of each step.
        package var steps: [StepID: StepOutcome] = [:]
        /// The executions of all whose outputs are there.
        package var executions: [StepID: StepExecution] = [:]
        /// What was thrown by steps of this program.
        package var errors: [StepID: any Error] = [:]
        /// What was told of budgets, in sentences, in the order in which it was found.
        package var warnings: [String] = []
        /// Why steps were kept from beginning; `nil` where none was.
        package var stop: String?

        /// Whether nothing failed, was blocked or cancelled.
        package var isGood: Bool {
            steps.values.allSatisfy {
                switch $0 {
                case .fresh, .done, .skipped, .quarantined: true
                case .failed, .blocked, .cancelled: false
                }
            }
        }
    }

    /// What a run may be told.
    package struct Options: Sendable {
        package var engine = RunEngine.Options()
        /// What may be given; `nil` for all that the executor has.
        package var capacity: Resources?
        /// How much there is of resources that the project names.
        package var named: [String: Int] = [:]
        /// These run although they are fresh.
        package var forced: Set<String> = []
        /// Only these values of a key; what is not named is not restricted.
        package var selection: [String: Set<String>] = [:]
        /// The time that a schedule or a trigger fired for; `nil` for a run that somebody began.
        ///
        /// Of steps that always run or expire, and are fanned out by a range of time, such a run looks again at the instances whose data
        /// may come late, where they were not looked at since then, and takes older ones as they are.
        package var lateSince: Timestamp?
        /// What may be spent.
        package var budgets: BudgetWatch?
        /// What these made is used whatever its age.
        package var ageless: Set<String> = []

        package init() {}
    }

    /// Runs what is stale.
    /// - Parameter run: its record's beginning; begins it and ends it.
    /// - Throws: what the records throw. What steps throw is in the outcome.
    package func run(
        _ graph: StepGraph, as run: RunRecord, options: Options = Options(), observe: @escaping @Sendable (Event) -> Void
    ) async throws -> Outcome {
        try await records.begin(run)
        let estimates = try await estimates(graph)
        var capacity: Resources = if let given = options.capacity { given } else { await executor.capacity() }
        capacity.named.merge(options.named) { $1 }
        let state = RunState(
            runner: self, graph: graph, run: run.id, estimates: estimates, options: options, capacity: capacity, observe: observe)
        do {
            let outcome = try await state.loop()
            try await records.bury(state.deadLetters)
            try await reuse(outcome)
            try await end(run, outcome)
            await executor.tidy()
            return outcome
        } catch {
            await executor.tidy()
            var ended = run
            (ended.state, ended.endedAt, ended.message) = (.failed, clock.now, "\(error)")
            // The first failure tells more than those of its records.
            try? await records.bury(state.deadLetters)
            try? await records.end(ended, saved: [:])
            throw error
        }
    }

    /// None of a run that is cancelled by now, which ends as any other.
    private func estimates(_ graph: StepGraph) async throws -> [StepID: StepEstimate] {
        do { return try await records.estimates(graph.steps.map(\.name)) } catch is CancellationError { return [:] }
    }

    /// What is as it was before is what people mean by the last of a step, not what was made in between. A run that is cancelled by now
    /// leaves that to the next.
    private func reuse(_ outcome: Outcome) async throws {
        let executions = outcome.steps.compactMap { id, result in result == .fresh ? outcome.executions[id] : nil }
        do { try await records.reused(executions) } catch is CancellationError {}
    }

    private func end(_ run: RunRecord, _ outcome: Outcome) async throws {
        var ended = run
        ended.endedAt = clock.now
        ended.state = outcome.isGood ? .done : outcome.steps.values.contains(.cancelled) ? .cancelled : .failed
        ended.manifest = try contents.keep(RunManifest(outcome).json)
        ended.message = outcome.message
        try await records.end(ended, saved: outcome.saved)
    }
}

extension PipelineRunner.Outcome {
    /// The first failure, what is in quarantine, and what was told of budgets; `nil` where there is nothing of it.
    package var message: String? {
        let sorted = steps.sorted { $0.key < $1.key }
        let failed = sorted.lazy.compactMap { id, outcome in
            if case .failed(let failure) = outcome { "\(id): \(failure.message)" } else { nil }
        }.first
        let quarantined = sorted.compactMap { id, outcome in
            if case .quarantined(let failure) = outcome { "\(id): \(failure.message)" } else { nil }
        }
        let aside = quarantined.first.map { "\(quarantined.count.grouped) in quarantine, first \($0)" }
        let sentences = [failed, aside].compactMap(\.self) + warnings
        return sentences.isEmpty ? nil : sentences.joined(separator: "\n")
    }

    /// What was not used because executions were there already, by step.
    package var saved: [String: SavedUsage] {
        var saved: [String: SavedUsage] = [:]
        for (id, outcome) in steps where outcome == .fresh {
            guard let execution = executions[id] else { continue }
            saved[id.step, default: SavedUsage()].instances += 1
            saved[id.step, default: SavedUsage()].usage += execution.usage
        }
        return saved
    }
}
