import MartletCore
import MartletEngines
import Testing

@testable import MartletInference

/// The reader and the reference beside LightGBM itself, which reads the same text.
@Suite struct LightGBMModelReaderTests {
    /// One random model with its library and its probing rows.
    private struct Case {
        let forest: Forest
        let library: LightGBMBooster
        let rows: Matrix

        init(seed: UInt64, editing edit: (String) -> String = { $0 }) throws {
            let model = try RandomLightGBMModel(seed: seed)
            let text = edit(model.text)
            forest = try LightGBMModelReader.forest(Array(text.utf8), named: "model \(seed)")
            library = try LightGBMBooster(modelText: text)
            var random = SplitMix64(seed: seed &+ 1_000_003)
            rows = Matrix(
                names: model.training.names,
                elements: ProbingRows(of: forest, training: model.training, count: 60, random: &random).elements
            )
        }

        var reference: ForestReference { ForestReference(forest) }
        func row(_ index: Int) -> [Double] { Array(rows.elements[index * rows.columnCount..<(index + 1) * rows.columnCount]) }
    }

    @Test(arguments: 0..<160 as Range<UInt64>)
    func `every row ends in the leaves in which LightGBM sees it`(seed: UInt64) throws {
        let model = try Case(seed: seed)
        let expected = try model.library.leaves(model.rows)
        let found = (0..<model.rows.rowCount).flatMap { model.reference.leaves(model.row($0)) }
        let wrong = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset
        #expect(wrong == nil, "seed \(seed), row \(wrong.map { model.row($0 / model.forest.trees.count) } ?? [])")
    }

    @Test(arguments: 0..<160 as Range<UInt64>)
    func `raw scores and predictions are LightGBM's`(seed: UInt64) throws {
        let model = try Case(seed: seed)
        let raw = try model.library.predict(model.rows, raw: true)
        let predicted = try model.library.predict(model.rows)
        let found = (0..<model.rows.rowCount).map { (model.reference.rawScores(model.row($0)), model.reference.predictions(model.row($0))) }
        #expect(zip(found.flatMap(\.0), raw).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }, "seed \(seed)")
        #expect(zip(found.flatMap(\.1), predicted).allSatisfy { abs($0 - $1) <= 1e-12 * abs($1) }, "seed \(seed)")
        let compiled = try CompiledForest(model.forest)
        let sums = compiled.predictions(model.rows.elements, rowCount: model.rows.rowCount, raw: true)
        let answers = compiled.predictions(model.rows.elements, rowCount: model.rows.rowCount)
        #expect(zip(sums, raw).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) }, "seed \(seed)")
        #expect(zip(answers, predicted).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) }, "seed \(seed)")
    }

    // MARK: What a training does not write by chance

    @Test(arguments: [
        "objective=lambdarank", "objective=rank_xendcg", "objective=huber sqrt", "objective=fair sqrt", "objective=poisson",
        "objective=binary sigmoid:2.5", "objective=cross_entropy_lambda", "objective=none", "",
    ])
    func `any objective in the header means what LightGBM means by it`(objective: String) throws {
        let model = try Case(seed: 0) { text in
            text.split(separator: "\n", omittingEmptySubsequences: false)
                .compactMap { $0.hasPrefix("objective=") ? (objective.isEmpty ? nil : objective) : String($0) }.joined(separator: "\n")
        }
        let expected = try model.library.predict(model.rows)
        let found = (0..<model.rows.rowCount).flatMap { model.reference.predictions(model.row($0)) }
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-12 * abs($1) })
    }

    @Test(arguments: [" ", "  "])
    func `more blanks than LightGBM writes, between numbers and at the end of a line, are passed`(blanks: String) throws {
        let text = try RandomLightGBMModel(seed: 0).text
        let forest = try LightGBMModelReader.forest(Array(text.utf8), named: "text")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("tree_sizes=") }
        let wide = lines.map { line -> String in
            guard ["threshold=", "leaf_value=", "left_child="].contains(where: line.hasPrefix) else { return String(line) }
            return line.replacing(" ", with: blanks).replacing("=", with: "=\(blanks)") + blanks
        }
        #expect(try LightGBMModelReader.forest(Array(wide.joined(separator: "\n").utf8), named: "wide") == forest)
    }

    @Test func `a text without tree sizes, with older version and other line ends is the same forest`() throws {
        let text = try RandomLightGBMModel(seed: 0).text
        let forest = try LightGBMModelReader.forest(Array(text.utf8), named: "text")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("tree_sizes=") }
        let other = lines.joined(separator: "\r\n").replacing("version=v4", with: "version=v3")
        #expect(try LightGBMModelReader.forest(Array(other.utf8), named: "other") == forest)
    }

    @Test func `a forest of the first iterations is LightGBM's model of them`() throws {
        let model = try Case(seed: 4)
        let kept = try model.forest.truncated(toIterations: 1)
        let text = try model.library.modelText(iterations: 1)
        #expect(try LightGBMModelReader.forest(Array(text.utf8), named: "text").trees == kept.trees)
        #expect(throws: MartletError.self) { try model.forest.truncated(toIterations: 0) }
        #expect(throws: MartletError.self) { try model.forest.truncated(toIterations: model.forest.iterationCount + 1) }
    }

    @Test func `rows in single and in double precision end in the same leaves`() throws {
        let model = try Case(seed: 6)
        for index in 0..<model.rows.rowCount {
            let row = model.row(index).map { Float($0) }
            #expect(model.reference.leaves(row) == model.reference.leaves(row.map(Double.init)))
        }
    }
}
