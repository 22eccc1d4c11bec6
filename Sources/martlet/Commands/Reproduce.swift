import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletStore

/// Makes an old run again.
struct Reproduce: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an old run again from its records, and prove equal outputs or say what differs.",
        discussion: """
            The project is put back as it was, from what was kept of its files, into a folder of its own with an empty cache; \
            every step of the run is made there, and each output is compared with the one on record. The home is left as it is. \
            First it is said how the present environment differs: interpreters, engines, this program.

            Steps that run once only, that deploy, or that always run are not run again: their recorded outputs stand for them.
            Files that were too large to be kept (see 'keep_inputs' in the project file) must still be there as they were.

            EXIT CODES
              0 every output is equal   1 something differs
              66 there is no such run, or a file of it is kept nowhere

            EXAMPLES
              martlet reproduce 5f2c81d0
              martlet reproduce 5f2c81d0 --keep      leave the folder, to look into it
              martlet reproduce 5f2c81d0 --json | jq '.steps[] | select(.state != "equal")'
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The run's id, or enough of its beginning.")
    var run: String

    @Flag(help: "Leave the folder in which it was made again; it is removed with what is stale there, after a day.")
    var keep = false

    func run() async throws {
        let view = ProgressView(silent: options.json)
        let report = try await Reproduction(try options.platform()).run(
            run, keeps: keep,
            note: { words in if !options.json { Self.environmentLines(words).forEach(Output.result) } },
            observe: { Self.show($0, on: view) })
        if options.json { Output.result(Self.json(report).prettyText) } else { Self.lines(report).forEach(Output.result) }
        guard report.isEqual else { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    private static func show(_ event: PipelineRunner.Event, on view: ProgressView) {
        switch event {
        case .started(let id, let attempt, _): view.begin(id.description, attempt > 1 ? "attempt \(attempt)" : "")
        case .progress(let id, let share, let message): view.update(id.description, share: share, message)
        case .finished(let id, let execution): view.end(id.description, (execution.finishedAt - execution.startedAt).words)
        case .settled(let id, .failed): view.end(id.description, mark: "✗", "failed")
        case .reused, .outlook, .retries, .settled, .standing, .warning: break
        }
    }

    // MARK: For people

    private static func environmentLines(_ words: [String]) -> [String] {
        guard !words.isEmpty else { return ["The environment is that of the run."] }
        return ["The environment differs from that of the run:"] + words.map { "    \($0)" }
    }

    private static func lines(_ report: Reproduction.Report) -> [String] {
        let steps = report.steps.flatMap { step in
            ["\(step.mark) \(step.id): \(step.summary)"] + step.words.map { "    \($0)" }
        }
        let equal = report.steps.count { $0.verdict == .equal }
        let made = report.steps.count { $0.verdict != .taken }
        let last = report.isEqual ? "All \(made) steps came out as recorded." : "\(equal) of \(made) steps came out as recorded."
        let variables =
            report.isEqual || report.variables.isEmpty
            ? [] : ["Variables that commands see and no key knows differ: \(report.variables.joined(separator: ", "))"]
        return steps + variables + [made == 1 && report.isEqual ? "The step came out as recorded." : last]
            + (report.folder.map { ["What was made is in '\($0)' for a day."] } ?? [])
    }

    // MARK: For machines

    private static func json(_ report: Reproduction.Report) -> JSONValue {
        let steps = report.steps.map { step -> JSONValue in
            [
                "step": .string(step.id.description), "state": .string(step.verdict.rawValue),
                "key_equal": step.isKeyEqual.map(JSONValue.boolean) ?? .null, "outputs": .integer(Int64(step.outputCount)),
                "outputs_equal": .integer(Int64(step.equalCount)), "differences": .array(step.words.map(JSONValue.string)),
            ]
        }
        return [
            "run": .string(report.run.id), "equal": .boolean(report.isEqual),
            "environment": .array(report.environment.map(JSONValue.string)),
            "variables": .array(report.variables.map(JSONValue.string)), "steps": .array(steps),
            "folder": report.folder.map(JSONValue.string) ?? .null,
        ]
    }
}

extension ReproducedStep {
    /// What stands before it in a list.
    fileprivate var mark: String {
        switch verdict {
        case .equal: "="
        case .taken: "–"
        case .outputsDiffer, .keyDiffers, .notMade, .new: "✗"
        }
    }

    /// The verdict with how many outputs it is about.
    fileprivate var summary: String {
        let outputs = "\(equalCount) of \(outputCount) \(outputCount == 1 ? "output" : "outputs")"
        switch verdict {
        case .equal: return "equal key, \(outputs) equal"
        case .outputsDiffer: return "\(isKeyEqual == true ? "equal key" : "another key"), \(outputs) equal"
        case .keyDiffers: return "another key, \(outputs) equal"
        case .taken, .notMade, .new: return verdict.rawValue
        }
    }
}
