import ArgumentParser
import MartletCore
import MartletPlatform
import MartletRegistry
import MartletStore

/// Scores a file.
struct Score: ParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score a file of rows with an endpoint's release.",
        discussion: """
            The file has the view's own columns; history is looked up by entity and event time, as for requests. The output has
            every column of the input, and 'prediction'.

            EXAMPLES
              martlet score price --input next_week.parquet --output scored.parquet
              martlet score price --release v2 --input rows.csv --output scored.csv
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The endpoint.")
    var endpoint: String

    @Option(help: ArgumentHelp("Parquet, CSV or JSON lines.", valueName: "file"), completion: .file())
    var input: String

    @Option(help: ArgumentHelp("Parquet, CSV or JSON lines.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: "The release: a version, a digest or its beginning, or latest; by default the one that answers.")
    var release: String?

    func run() throws {
        let platform = try options.platform()
        _ = try platform.endpoint(endpoint)
        let finder = ReleaseFinder(records: platform.records)
        let pointer = try platform.records.current(endpoint: endpoint)?.release.description
        let record = try finder.find(release ?? pointer ?? "latest", endpoint: endpoint)
        let view = ProgressView(silent: options.json)
        view.begin("score", "\(input) with release v\(record.version)")
        let started = ContinuousClock.now
        let result = try BatchScoring(LoadedRelease(platform, record)).run(input: input, output: output) { done, total in
            view.update("score", share: Double(done) / Double(max(1, total)), "\(done.grouped) of \(total.grouped) rows")
        }
        view.end(
            "score",
            "\(result.rows.grouped) rows in \(started.duration(to: .now).words) → \(output)"
                + (result.withoutHistory > 0 ? "; nothing was known before of \(result.withoutHistory.grouped) of them" : "")
        )
        if options.json {
            let answer: JSONValue = [
                "rows": .integer(Int64(result.rows)), "without_history": .integer(Int64(result.withoutHistory)),
                "release": .string(record.digest.description), "output": .string(output),
            ]
            Output.result(answer.canonicalText)
        }
    }
}
