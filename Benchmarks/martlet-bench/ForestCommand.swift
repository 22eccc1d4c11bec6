import ArgumentParser
import Foundation
import MartletCore
import MartletEngines
import MartletInference

/// Scores one model's rows with Martlet and LightGBM, in turns, and prints what was measured as JSON.
struct ForestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forest", abstract: "Rows in a second of CPU: the forest engine and LightGBM's C interface, and whether they agree.",
        discussion: """
            Pin it to a core to measure one thread: taskset -c 0 martlet-bench forest --model m.txt --rows rows.f64
            """)

    @Option(help: "A model as LightGBM saves it.")
    var model: String

    @Option(help: "Rows as doubles in the machine's order, row by row.")
    var rows: String

    @Option(help: "Rows of a call; several may be given.")
    var batch: [Int] = [10_000, 250, 1]

    @Option(help: "Threads that score at once, each its own rows.")
    var threads = 1

    @Option(help: "How often each case is measured.")
    var repetitions = 5

    @Option(help: "How many seconds each measurement lasts, about.")
    var seconds = 0.2

    @Option(help: "The file of LightGBM's library; by default the one that Martlet uses.")
    var lightgbm: String?

    @Flag(help: "Only the best instructions of the processor, and only floats.")
    var bestOnly = false

    func validate() throws {
        guard !batch.isEmpty, batch.allSatisfy({ (1...1_000_000).contains($0) }) else {
            throw ValidationError("--batch: expected 1 to 1000000 rows, found \(batch)")
        }
        guard (1...64).contains(threads), (1...1_000).contains(repetitions), (0.001...60).contains(seconds) else {
            throw ValidationError("expected 1 to 64 threads, 1 to 1000 repetitions of 0.001 to 60 seconds")
        }
    }

    func run() throws {
        let library = try LightGBMLibraryFile(lightgbm ?? NativeLibraries.path(of: "lib_lightgbm.so"))
        let forest = try Forest(contentsOf: model)
        let rows = try BenchmarkRows(path: rows, featureCount: forest.featureCount)
        let peer = try LightGBMScorer(library, model: model, featureCount: forest.featureCount)
        let instructions = bestOnly ? [.best] : ForestInstructions.available.reversed()
        let ours = try instructions.map { try MartletScorer(forest, $0) }
        let agreement = try ours.flatMap { try Agreement.all($0, peer, rows) }
        let measurement = ForestMeasurement(rows: rows, threads: threads, repetitions: repetitions, seconds: seconds)
        let scorers: [any Scorer] = ours + [peer]
        let figures = measurement.run(scorers, batches: batch, precisions: bestOnly ? [.single] : [.single, .double])
        let loads = try threads == 1 ? LoadTime.measure(model, library, repetitions: repetitions) : []
        let report = ForestReport(
            trees: forest.trees.count, features: forest.featureCount, rows: rows.count, figures: figures, loads: loads, agreement: agreement
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}

/// What the command prints.
private struct ForestReport: Encodable {
    let trees: Int
    let features: Int
    let rows: Int
    let figures: [ForestFigure]
    let loads: [LoadTime]
    let agreement: [Agreement]
}
