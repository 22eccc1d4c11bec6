import MartletCore
import Testing

@testable import MartletInference

@Suite struct ForestVariantTests {
    private let forest: Forest
    private let rows: [Float]

    init() {
        var random = RandomForests(seed: 12)
        forest = random.forest(features: 6, trees: 50)
        rows = random.rows(400).map(Float.init)
    }

    @Test func `an exit that no row takes gives what the whole forest gives`() throws {
        let cascade = try ForestCascade(forest, headIterations: 10, margin: .infinity)
        let answer = cascade.predictions(rows, rowCount: 400)
        let whole = try CompiledForest(forest).predictions(rows, rowCount: 400)
        #expect(answer.completeCount == 400)
        for (own, expected) in zip(answer.predictions, whole) { #expect(abs(own - expected) < 1e-12) }
    }

    @Test func `an exit that every row takes gives what the first trees give`() throws {
        let answer = try ForestCascade(forest, headIterations: 10, margin: 0).predictions(rows, rowCount: 400)
        let first = try CompiledForest(forest.truncated(toIterations: 10)).predictions(rows, rowCount: 400)
        #expect(answer.completeCount == 0)
        #expect(answer.predictions == first)
    }

    @Test func `rows that are decided keep the sign of their first trees and the others are exact`() throws {
        let margin = 1.5
        let answer = try ForestCascade(forest, headIterations: 25, margin: margin).predictions(rows, rowCount: 400)
        let first = try CompiledForest(forest.truncated(toIterations: 25)).predictions(rows, rowCount: 400)
        let whole = try CompiledForest(forest).predictions(rows, rowCount: 400)
        for row in 0..<400 {
            let expected = abs(first[row]) < margin ? whole[row] : first[row]
            #expect(abs(answer.predictions[row] - expected) < 1e-12)
        }
        #expect((1..<400).contains(answer.completeCount))
    }

    @Test func `a variant's loss is measured against the whole forest's`() throws {
        let whole = try CompiledForest(forest).predictions(rows, rowCount: 400)
        let measured = try ForestVariant.measure(
            [.truncated(iterations: 50), .truncated(iterations: 5), .earlyExit(iterations: 5, margin: 1)], of: forest, rows: rows, targets: whole)
        #expect(measured[0].lossIncrease == 0)
        #expect(measured[0].treeShare == 1)
        #expect(measured[1].treeShare == 0.1)
        let truncated = try #require(measured[1].lossIncrease)
        let early = try #require(measured[2].lossIncrease)
        #expect(truncated > early && early > 0)
    }

    @Test func `several classes cannot leave early`() throws {
        var random = RandomForests(seed: 13)
        let classes = random.forest(features: 3, trees: 6, groups: 3)
        #expect(throws: MartletError.self) { try ForestCascade(classes, headIterations: 1, margin: 1) }
    }
}
