import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform

/// Makes what is stale.
struct Run: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make what is stale: snapshots, features, models, gates, releases, and the steps that the project declares.",
        discussion: """
            Each step has a key: the digest of its code, inputs, parameters and environment. A step whose key was seen before \
            does not run again, and a run that was killed goes on where it was. Steps that do not need one another run side by \
            side as far as cores and memory go.

            EXAMPLES
              martlet run
              martlet run train                     only this step and what it needs
              martlet run --explain                 say why each step would run
              martlet run 'clean' --only day=2013-01-05,2013-01-06
              martlet run train --force train       run it although it is fresh
              martlet run --on ray=http://head:8265 commands run on the nodes of a cluster
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

    @Option(
        help: ArgumentHelp("Only these values of a key that steps are fanned out by; may be given several times.", valueName: "key=values"))
    var only: [Selection] = []

    @Flag(help: "End at the first failure, rather than only what depends on it.")
    var failFast = false

    @Flag(inversion: .prefixedNo, help: "Wait for another run on this home to end, at most 10 minutes.")
    var wait = true

    @OptionGroup var place: PlaceOptions

    func run() async throws {
        let platform = try options.platform()
        let pipeline = ProjectPipeline(platform)
        if explain { return show(try await pipeline.explained(request)) }
        let watch = RunWatch(silent: options.json)
        do {
            try await place.withPlace(request, options) { request in
                try await watch.run(pipeline, request, waitAtMost: wait ? .seconds(600) : .zero)
            }
        } catch {
            // What was found before the failure, such as what the gate saw, is worth as much as the failure.
            if !options.json || !watch.outcomes.isEmpty { report(watch, platform.project) }
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
            Output.result(watch.json.prettyText)
        } else {
            RunReport(watch.executions, project: project).lines.forEach(Output.result)
            watch.summary.forEach(Output.result)
        }
    }

    private func show(_ explained: (verdicts: [(id: StepID, verdict: PipelineRunner.Verdict)], code: [String: FollowedCode])) {
        if options.json {
            let steps = explained.verdicts.map { id, verdict -> JSONValue in
                var step: [String: JSONValue] = [
                    "step": .string(id.description), "state": .string(verdict.word),
                    "reasons": .array(verdict.reasons.map(JSONValue.string)),
                ]
                step["code"] = explained.code[id.step]?.json
                return .object(step)
            }
            return Output.result(JSONValue.object(["steps": .array(steps)]).prettyText)
        }
        ExplanationText(verdicts: explained.verdicts, code: explained.code).lines.forEach(Output.result)
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

extension ProjectOptions {
    /// The project that the options name.
    func project() throws -> Project { try Project.read(file: projectFile) }

    /// The project with its state.
    /// - Parameter database: the URL of a PostgreSQL database for runs and models; by default `$MARTLET_DATABASE_URL`.
    func platform(database: String? = nil) throws -> Platform {
        let environment = ProcessInfo.processInfo.environment
        let named = [home, environment["MARTLET_HOME"]].compactMap(\.self).first { !$0.isEmpty }
        return try Platform(
            project: project(), home: named, database: database ?? environment["MARTLET_DATABASE_URL"]
        ).tellingLineage(environment)
    }
}
