import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import Synchronization

/// Makes what is stale.
struct Run: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make what is stale: snapshots, features, models, gates, releases, and the steps that the project declares.",
        discussion: """
            Each step has a key: the digest of its code, inputs, parameters and environment. A step whose key was seen before
            does not run again, and a run that was killed goes on where it was. Steps that do not need one another run side by
            side as far as cores and memory go.

            EXAMPLES
              martlet run
              martlet run train                     only this step and what it needs
              martlet run --explain                 say why each step would run, and run nothing
              martlet run 'clean' --only day=2013-01-05,2013-01-06
              martlet run train --force train       run it although it is fresh
              martlet run --json | jq .steps
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The steps to make, with all that they need; all where none is named.")
    var steps: [String] = []

    @Flag(help: "Say why each step is fresh or stale, and run nothing.")
    var explain = false

    @Option(help: ArgumentHelp("Run this step although it is fresh; may be given several times.", valueName: "step"))
    var force: [String] = []

    @Option(help: ArgumentHelp("Only these values of a key that steps are fanned out by; may be given several times.", valueName: "key=values"))
    var only: [Selection] = []

    @Flag(help: "End at the first failure, rather than only what depends on it.")
    var failFast = false

    @Flag(inversion: .prefixedNo, help: "Wait for another run on this home to end, at most 10 minutes.")
    var wait = true

    func run() async throws {
        let platform = try options.platform()
        let pipeline = ProjectPipeline(platform)
        if explain { return try show(await pipeline.explain(request)) }
        let view = ProgressView(silent: options.json)
        let watch = RunWatch(view)
        do {
            try await pipeline.run(
                request, waitAtMost: wait ? .seconds(600) : .zero,
                onWait: { view.end("waiting", mark: "…", "\($0) works on this home") },
                observe: watch.observe
            )
        } catch {
            // What was found before the failure, such as what the gate saw, is worth as much as the failure.
            if !options.json { report(watch, platform.project) }
            throw error
        }
        report(watch, platform.project)
    }

    private var request: RunRequest {
        var request = RunRequest()
        request.steps = steps
        request.forced = force
        request.failsFast = failFast
        for selection in only { request.selection[selection.key, default: []].formUnion(selection.values) }
        return request
    }

    private func report(_ watch: RunWatch, _ project: Project) {
        if options.json {
            Output.result(json(watch.executions).prettyText)
        } else {
            RunReport(watch.executions, project: project).lines.forEach(Output.result)
            watch.summary.forEach(Output.result)
        }
    }

    private func json(_ executions: [StepID: StepExecution]) -> JSONValue {
        let steps = executions.values.sorted { $0.id < $1.id }.map { execution -> JSONValue in
            [
                "step": .string(execution.id.description), "key": .string(execution.key.description),
                "outputs": .object(execution.outputs.mapValues { .string($0.description) }), "summary": execution.summary,
                "started_at": .string(execution.startedAt.description), "finished_at": .string(execution.finishedAt.description),
            ]
        }
        return ["steps": .array(steps)]
    }

    private func show(_ verdicts: [(id: StepID, verdict: PipelineRunner.Verdict)]) {
        if options.json {
            let steps = verdicts.map { id, verdict -> JSONValue in
                [
                    "step": .string(id.description), "state": .string(verdict.word),
                    "reasons": .array(verdict.reasons.map(JSONValue.string)),
                ]
            }
            return Output.result(JSONValue.object(["steps": .array(steps)]).prettyText)
        }
        for (id, verdict) in verdicts {
            Output.result("\(verdict.mark) \(id): \(verdict.word)")
            verdict.reasons.forEach { Output.result("    \($0)") }
        }
    }
}

/// Values of a key, as `day=2013-01-05,2013-01-06`.
struct Selection: ExpressibleByArgument {
    let key: String
    let values: [String]

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        key = String(parts[0])
        values = parts[1].split(separator: ",").map(String.init)
    }
}

/// Tells a progress view what a run does, and keeps what it made.
private final class RunWatch: Sendable {
    private struct Found {
        var executions: [StepID: StepExecution] = [:]
        var outcomes: [StepID: StepOutcome] = [:]
    }

    private let view: ProgressView
    private let found = Mutex(Found())

    init(_ view: ProgressView) { self.view = view }

    /// The executions so far, by step.
    var executions: [StepID: StepExecution] { found.withLock { $0.executions } }

    /// A line on each step that has no outputs.
    var summary: [String] {
        let outcomes = found.withLock { $0.outcomes }
        return outcomes.filter { !$0.value.hasOutputs }.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value.words)" }
    }

    @Sendable func observe(_ event: PipelineRunner.Event) {
        switch event {
        case .reused(let id, let execution):
            found.withLock { $0.executions[id] = execution }
            view.end(id.description, mark: "=", "fresh")
        case .started(let id, let attempt, let reasons):
            view.begin(id.description, attempt > 1 ? "attempt \(attempt)" : reasons.first ?? "")
        case .progress(let id, let share, let message): view.update(id.description, share: share, message)
        case .finished(let id, let execution):
            found.withLock { $0.executions[id] = execution }
            view.end(id.description, (execution.finishedAt - execution.startedAt).words)
        case .retries(let id, let failure, let time):
            view.end(id.description, mark: "↻", "\(failure.message); again in \(max(.zero, time - .now).words)")
        case .settled(let id, let outcome):
            found.withLock { $0.outcomes[id] = outcome }
            switch outcome {
            case .fresh, .done: break
            case .failed: view.end(id.description, mark: "✗", "failed")
            case .quarantined: view.end(id.description, mark: "!", "in quarantine")
            case .skipped(let reason): view.end(id.description, mark: "–", "skipped: \(reason)")
            case .blocked(let source): view.end(id.description, mark: "–", "blocked by \(source)")
            case .cancelled: view.end(id.description, mark: "–", "cancelled")
            }
        }
    }
}

extension PipelineRunner.Verdict {
    /// What it says in a word.
    var word: String {
        switch self {
        case .fresh: "fresh"
        case .stale: "stale"
        case .waits: "waits"
        case .skipped: "skipped"
        case .refused: "refused"
        }
    }

    /// What stands before a step in a list.
    var mark: String {
        switch self {
        case .fresh: "="
        case .stale: "•"
        case .waits: "?"
        case .skipped: "–"
        case .refused: "✗"
        }
    }

    /// Why.
    var reasons: [String] {
        switch self {
        case .fresh(let key): ["key \(key.short) was made before, and its outputs are there"]
        case .stale(let reasons): reasons
        case .waits(let steps): ["depends on what comes out of \(steps.joined(separator: ", "))"]
        case .skipped(let reason), .refused(let reason): [reason]
        }
    }
}

extension ProjectOptions {
    /// The project that the options name.
    func project() throws -> Project { try Project.read(file: projectFile) }

    /// The project with its state.
    /// - Parameter database: the URL of a PostgreSQL database for runs and models; by default `$MARTLET_DATABASE_URL`.
    func platform(database: String? = nil) throws -> Platform {
        let environment = ProcessInfo.processInfo.environment
        return try Platform(
            project: project(), home: home ?? environment["MARTLET_HOME"], database: database ?? environment["MARTLET_DATABASE_URL"])
    }
}
