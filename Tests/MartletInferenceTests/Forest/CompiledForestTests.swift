import MartletCore
import MartletEngines
import Testing

@testable import MartletInference

/// The fast engine against the plain one, on forests and rows from seeds.
@Suite struct CompiledForestTests {
    static let rowCounts = [1, 2, 13, 14, 63, 64, 65, 250, 256, 257]

    private func check(_ forest: Forest, _ rows: [Double], count: Int, seed: UInt64) throws {
        let width = forest.featureCount
        let reference = ForestReference(forest)
        let floats = rows.map(Float.init)
        let exact = (0..<count).map { Array(rows[$0 * width..<($0 + 1) * width]) }
        let single = (0..<count).map { Array(floats[$0 * width..<($0 + 1) * width]) }
        let expected = exact.flatMap { reference.leaves($0).map(Int32.init) }
        let expectedSingle = single.flatMap { reference.leaves($0).map(Int32.init) }
        let scores = exact.flatMap { reference.rawScores($0) }
        var answers: [[Double]] = []
        for instructions in ForestInstructions.available {
            let compiled = try CompiledForest(forest, instructions: instructions)
            let leaves = compiled.leaves(rows, rowCount: count)
            let singleLeaves = compiled.leaves(floats, rowCount: count)
            #expect(leaves == expected, "\(instructions), \(count) rows of doubles, seed \(seed)")
            #expect(singleLeaves == expectedSingle, "\(instructions), \(count) rows of floats, seed \(seed)")
            answers.append(compiled.predictions(rows, rowCount: count, raw: true))
        }
        let bits = Set(answers.map { $0.map(\.bitPattern) })
        #expect(bits.count == 1, "the instructions differ, seed \(seed)")
        for (score, answer) in zip(scores, answers[0]) { #expect(abs(score - answer) <= 1e-12, "seed \(seed)") }
    }

    @Test(arguments: 0..<24 as Range<UInt64>)
    func `every leaf of every row is the plain engine's`(seed: UInt64) throws {
        var random = RandomForests(seed: seed)
        let library: Forest.Library = seed % 3 == 2 ? .xgboost : .lightgbm
        let groups = 1 + random.below(3)
        let features = 1 + random.below(40)
        let forest = random.forest(library: library, features: features, trees: groups * (1 + random.below(60)), groups: groups)
        for count in [Self.rowCounts[Int(seed) % Self.rowCounts.count], 1 + random.below(300)] {
            try check(forest, random.rows(count), count: count, seed: seed)
        }
    }

    @Test(arguments: [2, 8, 9, 16, 33, 64, 65, 120, 256, 257, 900])
    func `trees of any number of leaves are exact`(leafCountMax: Int) throws {
        var random = RandomForests(seed: UInt64(leafCountMax))
        random.leafCountMax = leafCountMax
        let forest = random.forest(features: 9, trees: 12)
        for count in [3, 130] { try check(forest, random.rows(count), count: count, seed: UInt64(leafCountMax)) }
    }

    @Test func `more columns than one row's fast path holds are exact`() throws {
        var random = RandomForests(seed: 77)
        let forest = random.forest(features: 200, trees: 90)
        for count in [1, 200] { try check(forest, random.rows(count), count: count, seed: 77) }
    }

    @Test func `thousands of categories and sets are exact`() throws {
        var random = RandomForests(seed: 5)
        random.categoryCountMax = 60_000
        let forest = random.forest(features: 4, trees: 150)
        for count in [5, 100] { try check(forest, random.rows(count), count: count, seed: 5) }
    }

    @Test func `a feature of thousands of thresholds is exact`() throws {
        var random = RandomForests(seed: 6)
        random.thresholdCountMax = 4000
        let forest = random.forest(features: 2, trees: 200)
        for count in [5, 100] { try check(forest, random.rows(count), count: count, seed: 6) }
    }

    @Test func `columns in memory give the same as rows`() throws {
        var random = RandomForests(seed: 8)
        let forest = random.forest(features: 17, trees: 20)
        let compiled = try CompiledForest(forest)
        let count = 300
        let rows = random.rows(count)
        var columns = rows
        for row in 0..<count { for feature in 0..<17 { columns[feature * count + row] = rows[row * 17 + feature] } }
        var answer = [Double](repeating: 0, count: count)
        columns.withUnsafeBufferPointer { values in
            answer.withUnsafeMutableBufferPointer { compiled.predict(values, .columns(rowCount: count), raw: true, into: $0) }
        }
        #expect(answer == compiled.predictions(rows, rowCount: count, raw: true))
    }

    @Test func `a row's score does not depend on the rows beside it`() throws {
        var random = RandomForests(seed: 9)
        let forest = random.forest(features: 11, trees: 70, groups: 2)
        let compiled = try CompiledForest(forest)
        let rows = random.rows(500)
        let together = compiled.predictions(rows, rowCount: 500, raw: true)
        let alone = (0..<500).flatMap { compiled.predictions(Array(rows[$0 * 11..<($0 + 1) * 11]), rowCount: 1, raw: true) }
        #expect(together.map(\.bitPattern) == alone.map(\.bitPattern))
    }

    @Test func `leaves of very different sizes add up as doubles do`() throws {
        let leaves = [1e12, 1e-12, -1e12, 0.1]
        let trees = leaves.map { Forest.Tree(nodes: [], leaves: [$0], group: 0) }
        var random = RandomForests(seed: 1)
        var forest = random.forest(features: 1, trees: 1)
        forest.trees = trees
        forest.baseScores = [0]
        let score = try CompiledForest(forest).predictions([0 as Double], rowCount: 1, raw: true)[0]
        #expect(abs(score - 0.1) <= 1e12 * 4 * 0x1p-53)
    }

    @Test func `leaves whose sum is no number are refused`() throws {
        var random = RandomForests(seed: 3)
        var forest = random.forest(features: 1, trees: 1)
        forest.trees = (0..<2).map { _ in Forest.Tree(nodes: [], leaves: [Double.greatestFiniteMagnitude], group: 0) }
        let error = #expect(throws: MartletError.self) { try CompiledForest(forest) }
        #expect(error?.code == .corrupt)
    }

    @Test func `no rows give no predictions`() throws {
        var random = RandomForests(seed: 2)
        let compiled = try CompiledForest(random.forest(features: 3, trees: 2))
        #expect(compiled.predictions([Double](), rowCount: 0, raw: false).isEmpty)
    }

    @Test func `a category beyond the limit is refused by name`() throws {
        var random = RandomForests(seed: 3)
        var forest = random.forest(features: 1, trees: 1)
        let split = Forest.Split.categories([7, 1 << 24], membersGoLeft: true, missingGoesLeft: false)
        forest.trees = [Forest.Tree(nodes: [Forest.Node(feature: 0, left: -1, right: -2, split: split)], leaves: [1, 2], group: 0)]
        let error = #expect(throws: MartletError.self) { try CompiledForest(forest) }
        #expect(error?.description.contains("category 16777216") == true)
    }
}
