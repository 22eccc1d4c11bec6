import Foundation
import MartletCore
import MartletTesting
import Testing

/// A folder with a small LightGBM model and rows to score, and the `martlet` program.
struct ScoringPlace: Sendable {
    let folder: String
    private let program: String

    /// Makes the model and `in.csv`. - Throws: `notFound` where the program was not built.
    init(_ folder: String, rowCount: Int) throws {
        self.folder = folder
        program = try MartletBinary.path()
        try write(SmallForest.model, "model.txt")
        var text = "id,a,b,note\n"
        for row in 0..<rowCount {
            text += "\(row),\(row % 7 == 0 ? "" : "\(Double(row % 1000) / 1000)"),\(Double(row * 7 % 1000) / 1000),n\(row % 100)\n"
        }
        try write(text, "in.csv")
    }

    /// Runs a body with a new folder.
    static func with<Result>(rowCount: Int, _ body: (ScoringPlace) async throws -> Result) async throws -> Result {
        try await withTemporaryFolder { try await body(try ScoringPlace($0, rowCount: rowCount)) }
    }

    func file(_ name: String) -> String { "\(folder)/\(name)" }

    func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: URL(filePath: file(name))) }

    /// `martlet score` with the model.
    func command(_ output: String, _ words: [String] = []) -> Command {
        Command(
            program, ["score", "--model", file("model.txt"), "--input", file("in.csv"), "--output", file(output)] + words,
            environment: ["MARTLET_HOME": "", "COLUMNS": "80"])
    }

    /// `martlet serve` with the model.
    func serve(_ words: String...) -> Command {
        Command(program, ["serve", file("model.txt")] + words, environment: ["MARTLET_HOME": "", "COLUMNS": "80"])
    }

    /// Any command of the program.
    func martlet(_ words: String...) async throws -> ProcessResult {
        try await Command(program, words, environment: ["MARTLET_HOME": "", "COLUMNS": "80"]).run()
    }

    /// Scores with `--json`, which has to succeed. - Returns: what it says.
    @discardableResult
    func score(_ output: String, _ words: String...) async throws -> JSONValue {
        let result = try await command(output, ["--json"] + words).run()
        try #require(result.status == 0, "\(result.errors)")
        return try JSONValue(parsing: result.output, as: "the output of martlet score")
    }

    /// How many parts of an output are whole.
    func partCount(_ output: String) -> Int {
        // The folder comes and goes.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: file("\(output).martlet-parts"))) ?? []
        return names.count { $0.hasPrefix("part-") && !$0.hasSuffix(".partial") }
    }
}
