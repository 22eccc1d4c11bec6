import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform

/// Shows what runs did.
struct Runs: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the runs of the project's steps, or what one of them did.",
        discussion: """
            A run is named by its id, or the beginning of that. It shows its attempts, with what each used and why it ran or failed, what was \
            fresh, and what failed for good. What a step said is shown by 'martlet logs'.

            EXAMPLES
              martlet runs
              martlet runs --limit 5
              martlet runs 1f0c9a2b
              martlet runs --json | jq '.runs[0]'
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "A run's id, or its beginning.")
    var run: String?

    @Option(help: ArgumentHelp("The newest so many.", valueName: "count"))
    var limit = 20

    func validate() throws {
        guard (1...PipelineStore.listCountMax).contains(limit) else {
            throw ValidationError("--limit: expected 1 to \(PipelineStore.listCountMax), found \(limit)")
        }
    }

    func run() async throws {
        let history = RunHistory(try options.platform())
        guard let run else { return show(try await history.runs(limit: limit)) }
        let account = try await history.account(run)
        guard !options.json else { return Output.result(account.json.prettyText) }
        RunText.lines(account, now: .now).forEach(Output.result)
    }

    private func show(_ runs: [RunRecord]) {
        guard !options.json else {
            return Output.result(JSONValue.object(["runs": .array(runs.map(\.json))]).prettyText)
        }
        guard !runs.isEmpty else { return Output.result("nothing was run yet") }
        RunText.table(runs, now: .now).forEach(Output.result)
    }
}
