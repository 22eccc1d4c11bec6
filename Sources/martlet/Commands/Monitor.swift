import ArgumentParser
import MartletCore
import MartletPlatform

/// Says what an endpoint's decisions earned.
struct Monitor: ParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how wrong the model was on logged traffic, and what its decisions earned.",
        discussion: """
            EXAMPLES
              martlet monitor price
              martlet monitor price --json | jq .judges
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The endpoint.")
    var endpoint: String

    func run() throws {
        let view = ProgressView(silent: options.json)
        view.begin("monitor \(endpoint)", "joins what was sold, and lets three judges estimate the rest")
        let report = try OutcomeWorkflow(options.platform(), endpoint: endpoint).report()
        view.clear()
        if options.json {
            Output.result(try JSONValue(encoding: report).prettyText)
        } else {
            OutcomeText(report).lines.forEach(Output.result)
        }
    }
}
