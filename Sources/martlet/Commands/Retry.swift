import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform

/// Makes again what failed for good.
struct Retry: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make again what failed for good, and say what became of steps that run once only.",
        discussion: """
            A step, or an instance of one, that failed for good stays on a list until it is made. Without names all of the list is made again.

            A step that declares 'once: true' and may have run is never begun again by itself. See whether it did what it does; then say \
            --again where it may begin again, or --done where it did it and makes no outputs.

            EXAMPLES
              martlet retry --list
              martlet retry
              martlet retry 'clean[day=2013-01-05]'
              martlet retry --again pay
              martlet retry --done pay
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: ArgumentHelp("Steps or instances; all of the list where none is named.", valueName: "step"))
    var steps: [String] = []

    @Flag(help: "Show the list, and run nothing.")
    var list = false

    @Flag(help: "Let these once-only steps begin again although they may have run, and run them.")
    var again = false

    @Flag(help: "Put on record that these once-only steps, which have no outputs, did run.")
    var done = false

    func validate() throws {
        guard [list, again, done].count(where: { $0 }) <= 1 else { throw ValidationError("say one of --list, --again and --done") }
        guard !(again || done) || !steps.isEmpty else { throw ValidationError("name the steps that may begin again, or that are done") }
    }

    func run() async throws {
        let platform = try options.platform()
        let pipeline = ProjectPipeline(platform)
        if done { return try await sayDone(pipeline) }
        if again { return try await beginAgain(pipeline) }
        let letters = try ProjectPipeline.letters(try await pipeline.deadLetters(), about: steps)
        if list { return show(letters) }
        guard !letters.isEmpty else {
            return Output.result(options.json ? JSONValue.object(["steps": []]).prettyText : "nothing failed for good")
        }
        try await make(letters, pipeline)
    }

    // MARK: The list

    private func show(_ letters: [DeadLetter]) {
        guard !options.json else {
            return Output.result(JSONValue.object(["letters": .array(letters.map(\.json))]).prettyText)
        }
        guard !letters.isEmpty else { return Output.result("nothing failed for good") }
        for letter in letters {
            Output.result(
                "✗ \(letter.id): \(letter.failure.kind.rawValue), at \(letter.at.secondsText) in run \(letter.run.prefix(RunText.idLength))"
            )
            "    \(letter.failure.message)".wrapped(width: RunText.width).forEach(Output.result)
        }
    }

    private func make(_ letters: [DeadLetter], _ pipeline: ProjectPipeline) async throws {
        let (request, gone) = try pipeline.retryRequest(letters)
        for letter in gone { Output.error("– \(letter.id): the project has no such step any more") }
        guard !request.steps.isEmpty else { return }
        let watch = RunWatch(silent: options.json)
        do {
            try await watch.run(pipeline, request)
        } catch {
            try await pipeline.forget(letters, madeIn: watch.outcomes)
            if options.json, !watch.outcomes.isEmpty { report(watch) }
            throw error
        }
        try await pipeline.forget(letters, madeIn: watch.outcomes)
        report(watch)
    }

    private func report(_ watch: RunWatch) {
        guard !options.json else { return Output.result(watch.json.prettyText) }
        watch.summary.forEach(Output.result)
        Output.result("what waited for these is made by 'martlet run'")
    }

    // MARK: Once-only steps

    private func sayDone(_ pipeline: ProjectPipeline) async throws {
        var ids: [StepID] = []
        for step in steps { ids.append(try await pipeline.letBeDone(step, by: NSUserName())) }
        guard !options.json else {
            return Output.result(JSONValue.object(["done": .array(ids.map { .string($0.description) })]).prettyText)
        }
        for id in ids { Output.result("\(id) is done, as you say") }
    }

    private func beginAgain(_ pipeline: ProjectPipeline) async throws {
        var request = RunRequest()
        request.cause = RunCause(.retry)
        for step in steps {
            let id = try await pipeline.letBeginAgain(step, by: NSUserName())
            request.steps.append(id.step)
            for (key, value) in id.partition.values { request.selection[key, default: []].insert(value) }
        }
        let watch = RunWatch(silent: options.json)
        try await watch.run(pipeline, request)
        report(watch)
    }
}

extension DeadLetter {
    fileprivate var json: JSONValue {
        [
            "step": .string(id.description), "run": .string(run), "at": .string(at.description),
            "failure": .string(failure.kind.rawValue), "message": .string(failure.message),
        ]
    }
}
