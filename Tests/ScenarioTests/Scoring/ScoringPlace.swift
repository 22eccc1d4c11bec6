import Foundation
import MartletCore
import MartletTesting
import Testing

/// A folder with a small LightGBM model and rows to score, and the `martlet` program.
struct ScoringPlace: Sendable {
    let folder: String
    private let program: String

    /// Two trees of two features.
    private static let model = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        label_index=0
        max_feature_idx=1
        objective=regression
        feature_names=a b
        feature_infos=[0.002:0.999] [0.002:0.998]
        tree_sizes=396 409

        Tree=0
        num_leaves=3
        num_cat=0
        split_feature=0 1
        split_gain=213.907 64.2349
        threshold=0.60789573360136562 0.49891477386343208
        decision_type=2 2
        left_child=1 -1
        right_child=-2 -3
        leaf_value=1.8780502879966363 2.0792877174207929 1.9806675560616405
        leaf_weight=122 156 122
        leaf_count=122 156 122
        internal_value=1.98783 1.92936
        internal_weight=400 244
        internal_count=400 244
        is_linear=0
        shrinkage=1


        Tree=1
        num_leaves=3
        num_cat=0
        split_feature=0 1
        split_gain=181.846 43.2167
        threshold=0.42239277582832241 0.49891477386343208
        decision_type=2 2
        left_child=-1 -2
        right_child=1 -3
        leaf_value=-0.075298769065124005 0.015853972145017575 0.10410039156143154
        leaf_weight=178 110 112
        leaf_count=178 110 112
        internal_value=-2.569e-10 0.0603747
        internal_weight=400 222
        internal_count=400 222
        is_linear=0
        shrinkage=0.1


        end of trees

        """

    /// Makes the model and `in.csv`. - Throws: `notFound` where the program was not built.
    init(_ folder: String, rowCount: Int) throws {
        self.folder = folder
        program = try MartletBinary.path()
        try write(Self.model, "model.txt")
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
