import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletStore

/// Runs one step alone, for engines that keep the order of steps themselves.
struct StepCommand: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Make one step, whose inputs are there, and nothing else.",
        discussion: """
            What other engines call: the graphs that 'martlet export' writes, and the jobs of 'martlet run --on ray=…'. What the step \
            needs must have run; a step that is fresh does not run again. Several steps may run beside one another.

            EXAMPLES
              martlet step clean
              martlet step clean --list-instances
              martlet step clean --instance day=2013-01-05
              martlet step publish --condition

            EXIT CODES
              0 done, fresh or skipped   1 what it needs has not run, or somebody made it meanwhile   others as the step failed
            """,
        shouldDisplay: false
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The step.")
    var step: String

    @Option(help: ArgumentHelp("Which instance of a step that is fanned out.", valueName: "key=value,…"))
    var instance: String?

    @Flag(help: "Print the instances as a JSON list in one line, and run nothing.")
    var listInstances = false

    @Flag(help: "Print whether the step's condition holds, true or false, and run nothing.")
    var condition = false

    @Option(help: ArgumentHelp("Make the attempt that a runner elsewhere wrote down under this name, and tell it.", valueName: "job"))
    var job: String?

    @Option(
        help: ArgumentHelp(
            "With --job: bring the project's files and all else through this bucket, as for 'martlet run', and share no folder with the "
                + "runner.", valueName: "url"))
    var blobs: String?

    func validate() throws {
        guard blobs == nil || job != nil else { throw ValidationError("--blobs goes with --job") }
        guard [listInstances, condition, job != nil].filter({ $0 }).count <= 1 else {
            throw ValidationError("--list-instances, --condition and --job: expected at most one of them")
        }
    }

    func run() async throws {
        if let job { return try await work(on: job) }
        let pipeline = ProjectPipeline(try options.platform())
        if listInstances {
            let instances = try await pipeline.instances(of: step).map { JSONValue.string($0.partition.description) }
            return Output.result(JSONValue.array(instances).canonicalText)
        }
        if condition { return Output.result(try await pipeline.holds(step) ? "true" : "false") }
        let view = ProgressView(silent: options.json)
        let (id, outcome) = try await pipeline.runOne(step, instance: instance) { event in
            switch event {
            case .started(let id, _, let reasons): view.begin(id.description, reasons.first ?? "")
            case .progress(let id, let share, let message): view.update(id.description, share: share, message)
            case .warning(let text): Output.error(text)
            default: break
            }
        }
        try show(id, outcome, view)
    }

    private func show(_ id: StepID, _ outcome: PipelineRunner.OneStepOutcome, _ view: ProgressView) throws {
        switch outcome {
        case .fresh: view.end(id.description, mark: "=", "fresh")
        case .made(let execution): view.end(id.description, (execution.finishedAt - execution.startedAt).words)
        case .skipped(let reason): view.end(id.description, mark: "–", "skipped: \(reason)")
        case .failed(let failure, let error):
            view.end(id.description, mark: "✗", "failed")
            if let error, !(error is StepFailure) { throw error }
            throw MartletError(.engine, failure.message)
        }
        guard options.json else { return }
        let execution = outcome.outcome(of: id).executions[id]
        Output.result(
            JSONValue.object([
                "step": .string(id.description),
                "outputs": .object(execution?.outputs.mapValues { .string($0.description) } ?? [:]), "summary": execution?.summary ?? [:],
            ]).canonicalText)
    }

    private func work(on job: String) async throws {
        let result = try await result(of: job)
        // The runner reads what came of it; this is for those who look at Ray.
        if case .failure(let failure) = result.result { throw MartletError(.engine, failure.message) }
    }

    private func result(of job: String) async throws -> AttemptResult {
        let database = ProcessInfo.processInfo.environment["MARTLET_DATABASE_URL"]
        if let blobs {
            return try await BlobBucket.with(blobs) { objects in
                try await ClusterNode.run(job: job, home: Home(path: options.nodeHomePath), database: database, through: objects)
            }
        }
        let project = try options.project()
        return try await ClusterNode.run(job: job, of: project, home: Home(path: options.homePath(of: project)), database: database)
    }
}
