import ArgumentParser
import Foundation
import MartletCore
import MartletPlatform
import MartletRegistry
import MartletStore

/// Scores a file.
struct Score: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score a file of rows with an endpoint's release, or with a model.",
        discussion: """
            With an endpoint, the file has the view's own columns; history is looked up by entity and event time, as for
            requests. The output has every column of the input, and 'prediction'.

            With --model, the file has the model's features as columns; the input may be a folder or a pattern too, and large:
            it is scored in parts on all cores, in memory that does not grow. A killed run goes on with the parts that are
            missing when the same command is given again. The output has every column that is no feature, and 'prediction'
            ('prediction_0', … for several classes). Missing values are missing; whole numbers beyond 2^53 are rounded.

            EXAMPLES
              martlet score price --input next_week.parquet --output scored.parquet
              martlet score price --release v2 --input rows.csv --output scored.csv
              martlet score --model model.txt --input rows.parquet --output scored.parquet
              martlet score --model models:/demand@live --input 'rows/*.parquet' --output scored.parquet
              martlet score --model models:/price@champion --home tracking --input rows.csv --output scored.csv
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The endpoint; or --model.")
    var endpoint: String?

    @Option(
        help: ArgumentHelp(
            "The model: a file of LightGBM or XGBoost, or a folder of one that MLflow wrote; models:/NAME@live, models:/NAME@latest or "
                + "models:/NAME/VERSION of the project; models:/NAME@ALIAS or models:/NAME/VERSION of a home without one.",
            valueName: "model"), completion: .file())
    var model: String?

    @Option(
        help: ArgumentHelp("Parquet, CSV or JSON lines; with --model also a folder or a pattern.", valueName: "file"), completion: .file())
    var input: String

    @Option(help: ArgumentHelp("Parquet, CSV or JSON lines.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: "The endpoint's release: a version, a digest or its beginning, or latest; by default the one that answers.")
    var release: String?

    @OptionGroup private var tracking: TrackingDatabaseOption

    var database: String? { tracking.database }

    @OptionGroup(title: "OPTIONS OF --model") var fileOptions: FileScoringOptions

    func validate() throws {
        guard (endpoint == nil) != (model == nil) else {
            throw ValidationError(
                endpoint == nil ? "Name an endpoint, or a model with --model." : "Name an endpoint or a model with --model, not both.")
        }
        guard model == nil || release == nil else {
            throw ValidationError("--release goes with an endpoint; a model's version is named as models:/NAME/VERSION.")
        }
        guard model != nil || !fileOptions.areGiven else {
            throw ValidationError("--features, --raw, --overwrite, --threads, --memory and --part-rows go with --model.")
        }
    }

    func run() async throws {
        if let model {
            try FileScoringCommand(self, try await loaded(model)).run()
        } else if let endpoint {
            try run(endpoint)
        }
    }

    private func loaded(_ text: String) async throws -> ScoringModel {
        if text.hasPrefix(RegisteredModelMoves.scheme), !options.hasProject {
            return try await options.homeOptions(database: database).withModels { try await $0.scoringModel(text) }
        }
        let address = try ModelAddress(text)
        if case .file(let path) = address { return try ScoringModel(file: path) }
        return try ScoringModel(address, of: options.platform(database: database))
    }

    private func run(_ endpoint: String) throws {
        let platform = try options.platform(database: database)
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

/// What only the scoring with a model takes.
struct FileScoringOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The features' columns in the model's order, where they have other names.", valueName: "a,b,…"))
    var features: String?

    @Flag(help: "Raw scores, not predictions.")
    var raw = false

    @Flag(help: "Replace an output that is there.")
    var overwrite = false

    @Option(help: ArgumentHelp("Parts at once; by default as many as processors.", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("What tables may take, in MB; by default 512 for each thread.", valueName: "MB"))
    var memory: Int?

    @Option(help: ArgumentHelp("The most rows of a part: what a killed run loses for each thread.", valueName: "n"))
    var partRows = FileScoring.Options().partRowCount

    /// Whether any is.
    var areGiven: Bool {
        features != nil || raw || overwrite || threads != nil || memory != nil || partRows != FileScoring.Options().partRowCount
    }

    /// The same for the workflow.
    var scoring: FileScoring.Options {
        var options = FileScoring.Options()
        options.features = features.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        options.raw = raw
        options.overwrite = overwrite
        options.threads = threads
        options.memoryLimitMegabytes = memory
        options.partRowCount = partRows
        return options
    }
}

/// Scores with a model, and tells how it goes.
private struct FileScoringCommand {
    private let command: Score
    private let model: ScoringModel
    private let view: ProgressView
    private let started = ContinuousClock.now

    init(_ command: Score, _ model: ScoringModel) {
        self.command = command
        self.model = model
        view = ProgressView(silent: command.options.json)
    }

    func run() throws {
        view.begin("score", "\(command.input) with \(model.name)")
        var resumed = 0
        let result: FileScoring.Result
        do {
            result = try FileScoring(model, command.fileOptions.scoring).run(input: command.input, output: command.output) { event in
                if case .resumed(let rows) = event { resumed = rows }
                show(event, resumed: resumed)
            }
        } catch {
            view.clear()
            throw error
        }
        let scored = Double(result.rows - result.resumedRows)
        let seconds = started.duration(to: .now) / .seconds(1)
        let cpuSeconds = Self.cpuSeconds()
        view.end(
            "score",
            "\(result.rows.grouped) rows in \(started.duration(to: .now).words) → \(command.output)"
                + (result.resumedRows > 0 ? "; \(result.resumedRows.grouped) of them were scored before" : ""))
        guard command.options.json else { return }
        let answer: JSONValue = [
            "rows": .integer(Int64(result.rows)), "resumed_rows": .integer(Int64(result.resumedRows)), "output": .string(command.output),
            "model": .string(model.digest.description), "files": .integer(Int64(result.files)), "parts": .integer(Int64(result.parts)),
            "threads": .integer(Int64(result.threads)), "memory_mb": .integer(Int64(result.memoryLimitMegabytes)),
            "seconds": .number(seconds), "cpu_seconds": .number(cpuSeconds),
            "rows_per_cpu_second": .number((scored / cpuSeconds).rounded()),
        ]
        Output.result(answer.canonicalText)
    }

    private func show(_ event: FileScoring.Event, resumed: Int) {
        switch event {
        case .resumed(let rows): view.end("score", mark: "=", "\(rows.grouped) rows were scored before and stay")
        case .startedAnew(let reason): view.end("score", mark: "•", "anew: \(reason)")
        case .converting: view.update("score", share: nil, "turning \(command.input) into Parquet, to read it in parts")
        case .joining: view.update("score", share: 1, "joining the parts")
        case .progress(let done, let total):
            let seconds = started.duration(to: .now) / .seconds(1)
            let speed = Double(done - resumed) / max(seconds, 0.001)
            let left = speed > 0 ? "; \(Duration.seconds(Double(total - done) / speed).words) left" : ""
            view.update(
                "score", share: Double(done) / Double(max(1, total)),
                "\(done.grouped) of \(total.grouped) rows; \(Int(speed).grouped) rows/s\(left)")
        }
    }

    /// What this process took of all processors so far.
    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
