import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform

/// Shows what a command said.
struct Logs: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a step's command said, also while it runs.",
        discussion: """
            A step that is fanned out is named with its instance, or without it for the newest attempt at any. Secrets that the step \
            declares are not in its log, and of a very long one the middle is left out.

            EXAMPLES
              martlet logs clean
              martlet logs 'clean[day=2013-01-01]' --follow
              martlet logs clean --run 1f0c9a2b --attempt 1
            """
    )

    /// How often a log is looked at that is followed.
    private static let interval = Duration.milliseconds(200)

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The step, or an instance of it.")
    var step: String

    @Option(help: ArgumentHelp("In this run, by its id or the beginning of that; the newest attempt of all where it is left out."))
    var run: String?

    @Option(help: ArgumentHelp("This attempt of its run; the newest where it is left out.", valueName: "number"))
    var attempt: Int?

    @Flag(help: "Wait for more until the attempt has ended.")
    var follow = false

    func run() async throws {
        let platform = try options.platform()
        let (records, history) = (try await platform.tracking().pipelines, RunHistory(platform))
        let attempt = try await find(records, platform.project)
        var log = AttemptLog(of: attempt, home: platform.home)
        // Asked first, here as below: what was said until then is there when it is looked for.
        var isOver = try await isEnded(attempt, records, history)
        guard log.exists || !isOver else { throw gone(attempt, platform.project) }
        var text: [UInt8] = []
        while true {
            while case let bytes = try log.read(), !bytes.isEmpty {
                if options.json { text += bytes } else if !Output.result(bytes: bytes) { return }
            }
            if isOver || !follow { break }
            try await Task.sleep(for: Self.interval)
            isOver = try await isEnded(attempt, records, history)
        }
        if options.json { Output.result(try await json(attempt, text, records, history).prettyText) }
    }

    private func json(_ attempt: AttemptRecord, _ text: [UInt8], _ records: PipelineStore, _ history: RunHistory) async throws -> JSONValue
    {
        let attempt = try await now(attempt, records)
        let isRunning = try await !isEnded(attempt, records, history)
        return [
            "step": .string(attempt.id.description), "run": .string(attempt.run), "attempt": .integer(Int64(attempt.number)),
            "state": .string(attempt.stateWord(isRunning: isRunning)), "log": .string(String(decoding: text, as: UTF8.self)),
        ]
    }

    // MARK: Which

    private func find(_ records: PipelineStore, _ project: Project) async throws -> AttemptRecord {
        let name = String(step.prefix { $0 != "[" })
        let instances = try await records.attemptedInstances(of: name)
        guard !instances.isEmpty else { throw unknown(name, try await records.attemptedSteps(), project) }
        let instance = instances.first { $0.description == step }
        guard name == step || instance != nil else { throw unknown(step, instances.map(\.description), project) }
        let run = try await inRun(records)
        // Of a step that is fanned out the name alone is any of its instances.
        let partition = name == step ? nil : instance?.partition
        guard let found = try await records.lastAttempt(at: name, instance: partition, run: run, number: attempt) else {
            let which = [attempt.map { "attempt \($0)" }, run.map { "run \($0.prefix(RunText.idLength))" }].compactMap(\.self).joined(
                separator: " of ")
            throw MartletError(.notFound, "there is no \(which) of step '\(step)'; 'martlet runs' shows what there was")
        }
        return found
    }

    private func inRun(_ records: PipelineStore) async throws -> String? {
        guard let run else { return nil }
        guard let record = try await records.run(run) else {
            throw MartletError(.notFound, "there is no run '\(run)'; 'martlet runs' shows the newest")
        }
        return record.id
    }

    private func unknown(_ name: String, _ known: [String], _ project: Project) -> MartletError {
        let steps = project.stepSources.steps
        let isDeclared = steps.contains(String(name.prefix { $0 != "[" }))
        let hint = nearest(to: name, among: known + (isDeclared ? [] : steps)).map { "did you mean '\($0)'?" }
        return isDeclared
            ? MartletError(.notFound, "step '\(name)' never ran here; \(hint ?? "'martlet run' makes it run")")
            : MartletError(.notFound, "there is no step '\(name)'; \(hint ?? "'martlet run --explain' lists them")")
    }

    private func gone(_ attempt: AttemptRecord, _ project: Project) -> MartletError {
        switch project.steps[attempt.id.step]?.work {
        case .shell, .words:
            MartletError(
                .notFound,
                "the log of attempt \(attempt.number) at '\(attempt.id)' in run \(attempt.run.prefix(RunText.idLength)) is gone: 'martlet gc' removes "
                    + "old ones, and an attempt that was cut off leaves its own to the next")
        default:
            MartletError(
                .notFound,
                "step '\(attempt.id)' is no command and writes no log; 'martlet runs \(attempt.run.prefix(RunText.idLength))' shows what it did"
            )
        }
    }

    // MARK: Whether more may come

    private func now(_ attempt: AttemptRecord, _ records: PipelineStore) async throws -> AttemptRecord {
        try await records.lastAttempt(at: attempt.id.step, instance: attempt.id.partition, run: attempt.run, number: attempt.number)
            ?? attempt
    }

    private func isEnded(_ attempt: AttemptRecord, _ records: PipelineStore, _ history: RunHistory) async throws -> Bool {
        guard try await now(attempt, records).endedAt == nil else { return true }
        return try await history.run(attempt.run).state != .running
    }
}
