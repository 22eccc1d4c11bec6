import Foundation
import MartletCore
import MartletEngines
import MartletTesting
import Testing

@testable import MartletPlatform

/// A small LightGBM model in a folder, tables to score with it, and what LightGBM itself says of them.
struct ScoringBench {
    static let features = ["a", "b", "c", "kind"]
    /// Numbers of several types, some of them missing, and columns that only come along.
    static let columns = """
        i AS id, (hash(i) % 1000 / 1000.0)::FLOAT AS a, 'row ' || i AS note,
        CASE WHEN i % 11 = 0 THEN NULL ELSE (hash(i + 7) % 1000 / 1000.0)::FLOAT END AS b,
        (i % 5)::TINYINT AS c, CASE WHEN i % 13 = 0 THEN NULL ELSE (hash(i) % 6)::SMALLINT END AS kind,
        CASE WHEN i < 3000 THEN i END AS early
        """

    let folder: String
    private let booster: LightGBMBooster

    /// Trains a model. - Parameter classes: 1 for a probability, more for as many.
    init(_ folder: String, classes: Int = 1) throws {
        self.folder = folder
        var random = SplitMix64(seed: 5)
        let columns = [0, 1, 2, 3].map { column in
            (0..<600).map { _ -> Double in
                let unit = random.unit()
                return column < 2 ? (unit < 0.1 ? .nan : unit) : (unit * 5).rounded(.down)
            }
        }
        let target = (0..<600).map { row in
            let sum = 3 * (columns[0][row].isNaN ? 0.4 : columns[0][row]) + columns[2][row] / 2 + (columns[3][row] == 2 ? 2 : 0)
            return classes == 1 ? (sum > 2.5 ? 1.0 : 0) : Double(min(classes - 1, Int(sum)))
        }
        var parameters = [
            "objective": "binary", "num_leaves": "7", "min_data_in_leaf": "5", "min_data_per_group": "5", "seed": "1", "deterministic": "true",
            "force_row_wise": "true", "num_threads": "1",
        ]
        if classes > 1 { parameters.merge(["objective": "multiclass", "num_class": "\(classes)"]) { $1 } }
        let data = try LightGBMDataset(
            features: Matrix(names: Self.features, columns: columns), target: target, categorical: [3], parameters: parameters)
        let booster = try LightGBMBooster(training: data, parameters: parameters)
        for _ in 0..<8 { _ = try booster.update() }
        self.booster = booster
        try Data(try booster.modelText().utf8).write(to: URL(filePath: file("model.txt")))
    }

    /// Runs a body with a new folder. - Parameter classes: as for `init`.
    static func with<Result>(classes: Int = 1, _ body: (ScoringBench) throws -> Result) throws -> Result {
        try withTemporaryFolder { try body(try ScoringBench($0, classes: classes)) }
    }

    func file(_ name: String) -> String { "\(folder)/\(name)" }

    func model() throws -> ScoringModel { try ScoringModel(file: file("model.txt")) }

    /// Writes a table. - Parameter rows: the numbers that its rows are made of.
    @discardableResult
    func write(
        _ name: String, rows: Range<Int>, columns: String = columns, options: String = "FORMAT parquet, ROW_GROUP_SIZE 2048"
    ) throws -> String {
        let path = file(name)
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try sql("COPY (SELECT \(columns) FROM range(\(rows.lowerBound), \(rows.upperBound)) r(i)) TO '\(path)' (\(options))")
        return path
    }

    @discardableResult
    func sql(_ text: String) throws -> Table {
        try DuckDBDatabase(threads: 1).connect().query(text)
    }

    /// Scores. - Returns: the result, and what happened on the way but for progress.
    @discardableResult
    func score(
        _ input: String, to output: String, change: (inout FileScoring.Options) -> Void = { _ in }
    ) throws -> (result: FileScoring.Result, events: [FileScoring.Event]) {
        var options = FileScoring.Options()
        options.partRowCount = 2500
        options.threads = 2
        change(&options)
        var events: [FileScoring.Event] = []
        let result = try FileScoring(try model(), options).run(input: file(input), output: file(output)) { event in
            if case .progress = event { return }
            events.append(event)
        }
        return (result, events)
    }

    /// The error of scoring, after which there is no output.
    func refusal(
        _ input: String, to output: String = "out.parquet", change: (inout FileScoring.Options) -> Void = { _ in }
    ) throws -> MartletError? {
        let existed = FileManager.default.fileExists(atPath: file(output))
        let error = #expect(throws: MartletError.self) { try score(input, to: output, change: change) }
        #expect(FileManager.default.fileExists(atPath: file(output)) == existed)
        return error
    }

    /// What LightGBM predicts of rows of the standard columns: `[rows, classes]`.
    func expected(rows: Range<Int>, raw: Bool = false) throws -> [Double] {
        let numbers = Self.features.map { "CAST(\($0) AS DOUBLE) AS \($0)" }.joined(separator: ", ")
        let table = try sql("SELECT \(numbers) FROM (SELECT \(Self.columns) FROM range(\(rows.lowerBound), \(rows.upperBound)) r(i))")
        let matrix = Matrix(names: Self.features, columns: try Self.features.map { try table.column($0).doubles })
        return try booster.predict(matrix, raw: raw)
    }

    /// A column of a file.
    func column(_ name: String, of path: String) throws -> [Double] {
        try sql("SELECT \"\(name)\" AS x FROM '\(file(path))'").column("x").doubles
    }
}
