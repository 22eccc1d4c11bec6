import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletStore
import Synchronization

/// Makes what is stale.
struct Run: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make what is stale: snapshots, features, models, gates, releases.",
        discussion: """
            Each step has a key: the digest of its code, inputs, parameters and environment. A step whose key was seen before
            does not run again, and a run that was killed goes on where it was.

            EXAMPLES
              martlet run
              martlet run --explain
              martlet run --json | jq .steps
            """
    )

    @OptionGroup var options: ProjectOptions

    @Flag(help: "Say why each step is fresh or stale, and run nothing.")
    var explain = false

    @Flag(inversion: .prefixedNo, help: "Wait for another run on this home to end, at most 10 minutes.")
    var wait = true

    func run() async throws {
        let platform = try options.platform()
        let pipeline = ProjectPipeline(platform)
        if explain { return try show(pipeline.explain()) }
        let view = ProgressView(silent: options.json)
        let watch = RunWatch(view)
        do {
            try await pipeline.run(
                waitAtMost: wait ? .seconds(600) : .zero,
                onWait: { view.end("waiting", mark: "…", "\($0) works on this home") },
                observe: watch.observe
            )
        } catch {
            // What was found before the failure, such as what the gate saw, is worth as much as the failure.
            if !options.json { report(watch.executions, platform.project) }
            throw error
        }
        report(watch.executions, platform.project)
    }

    private func report(_ executions: [String: StepExecution], _ project: Project) {
        if options.json {
            Output.result(json(executions).prettyText)
        } else {
            RunReport(executions, project: project).lines.forEach(Output.result)
        }
    }

    private func json(_ executions: [String: StepExecution]) -> JSONValue {
        let steps = executions.values.sorted { $0.step < $1.step }.map { execution -> JSONValue in
            [
                "step": .string(execution.step), "key": .string(execution.key.description),
                "outputs": .object(execution.outputs.mapValues { .string($0.description) }), "summary": execution.summary,
                "started_at": .string(execution.startedAt.description), "finished_at": .string(execution.finishedAt.description),
            ]
        }
        return ["steps": .array(steps)]
    }

    private func show(_ verdicts: [(step: Step, verdict: StepRunner.Verdict)]) {
        if options.json {
            let steps = verdicts.map { step, verdict -> JSONValue in
                ["step": .string(step.name), "state": .string(verdict.word), "reasons": .array(verdict.reasons.map(JSONValue.string))]
            }
            return Output.result(JSONValue.object(["steps": .array(steps)]).prettyText)
        }
        for (step, verdict) in verdicts {
            Output.result("\(verdict.mark) \(step.name): \(verdict.word)")
            verdict.reasons.forEach { Output.result("    \($0)") }
        }
    }
}

/// Tells a progress view what a run does, and keeps what it made.
private final class RunWatch: Sendable {
    private let view: ProgressView
    private let made = Mutex<[String: StepExecution]>([:])

    init(_ view: ProgressView) { self.view = view }

    /// The executions so far, by step.
    var executions: [String: StepExecution] { made.withLock { $0 } }

    @Sendable func observe(_ event: StepRunner.Event) {
        switch event {
        case .reused(let step, let execution):
            made.withLock { $0[step] = execution }
            view.end(step, mark: "=", "fresh")
        case .started(let step, let reasons): view.begin(step, reasons.first ?? "")
        case .progress(let step, let share, let message): view.update(step, share: share, message)
        case .finished(let step, let execution):
            made.withLock { $0[step] = execution }
            view.end(step, (execution.finishedAt - execution.startedAt).words)
        case .failed(let step): view.end(step, mark: "✗", "failed")
        }
    }
}

extension StepRunner.Verdict {
    fileprivate var word: String {
        switch self {
        case .fresh: "fresh"
        case .stale: "stale"
        case .waits: "waits"
        }
    }

    fileprivate var mark: String {
        switch self {
        case .fresh: "="
        case .stale: "•"
        case .waits: "?"
        }
    }

    fileprivate var reasons: [String] {
        switch self {
        case .fresh(let key): ["key \(key.short) was made before, and its outputs are there"]
        case .stale(let reasons): reasons
        case .waits(let steps): ["depends on what comes out of \(steps.joined(separator: ", "))"]
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
