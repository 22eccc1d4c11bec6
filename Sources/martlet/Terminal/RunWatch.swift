import MartletCore
import MartletPipeline
import MartletPlatform
import Synchronization

/// Shows people what a run does, and keeps what came of it.
final class RunWatch: Sendable {
    private struct Found {
        var executions: [StepID: StepExecution] = [:]
        var outcomes: [StepID: StepOutcome] = [:]
        var hasBegun = false
    }

    private let view: RunView
    private let found = Mutex(Found())

    /// - Parameter silent: whether nothing is shown.
    init(silent: Bool) { view = RunView(silent: silent) }

    /// Runs what is stale, as `ProjectPipeline.run` does, until SIGINT or SIGTERM.
    func run(_ pipeline: ProjectPipeline, _ request: RunRequest, waitAtMost wait: Duration = .seconds(600)) async throws {
        try await view.drawing {
            try await StoppableWork.run(stops: self.stops) {
                _ = try await pipeline.run(
                    request, waitAtMost: wait, onWait: { self.view.note("… waiting: \($0) works on this home") }, observe: self.observe)
            }
        }
    }

    @Sendable private func stops() -> Bool {
        guard found.withLock(\.hasBegun) else { return false }
        view.note("… stopping: commands have 10 s to end; Ctrl-C once more ends them at once")
        return true
    }

    @Sendable private func observe(_ event: PipelineRunner.Event) {
        switch event {
        case .reused(let id, let execution), .finished(let id, let execution): found.withLock { $0.executions[id] = execution }
        case .settled(let id, let outcome): found.withLock { $0.outcomes[id] = outcome }
        case .started: found.withLock { $0.hasBegun = true }
        default: break
        }
        view.take(event)
    }

    /// The executions so far, by step.
    var executions: [StepID: StepExecution] { found.withLock { $0.executions } }

    /// What became of each step so far.
    var outcomes: [StepID: StepOutcome] { found.withLock { $0.outcomes } }

    /// How many steps and instances ran, were fresh, or are in quarantine.
    struct Counts {
        var (ran, fresh, quarantined) = (0, 0, 0)
    }

    var counts: Counts {
        outcomes.values.reduce(into: Counts()) { counts, outcome in
            switch outcome {
            case .done: counts.ran += 1
            case .fresh: counts.fresh += 1
            case .quarantined: counts.quarantined += 1
            case .skipped, .failed, .blocked, .cancelled: break
            }
        }
    }

    /// A line on each step that has no outputs, and what to do where some failed for good.
    var summary: [String] {
        let without = outcomes.filter { !$0.value.hasOutputs }
        let haveFailed = without.values.contains {
            switch $0 {
            case .failed, .quarantined: true
            default: false
            }
        }
        return without.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value.words)" }
            + (haveFailed ? ["'martlet logs STEP' shows what a step said, and 'martlet retry' makes again what failed for good"] : [])
    }

    /// The executions for machines, and in words what became of all else.
    var json: JSONValue {
        let steps = executions.values.sorted { $0.id < $1.id }.map { execution -> JSONValue in
            [
                "step": .string(execution.id.description), "key": .string(execution.key.description),
                "outputs": .object(execution.outputs.mapValues { .string($0.description) }), "summary": execution.summary,
                "started_at": .string(execution.startedAt.description), "finished_at": .string(execution.finishedAt.description),
            ]
        }
        return ["steps": .array(steps), "unmade": unmade]
    }

    /// In words what became of steps that have no outputs, for machines.
    var unmade: JSONValue {
        let words = outcomes.filter { !$0.value.hasOutputs }.map { ($0.key.description, JSONValue.string($0.value.words)) }
        return .object(Dictionary(uniqueKeysWithValues: words))
    }
}
