import MartletCore
package import MartletEngines

/// A forest that stops early: rows that its first trees decide clearly never meet the others.
///
/// All rows go through the first iterations. A row whose raw score lies at least `margin` away from 0 there keeps that score; the
/// others get the remaining trees as well, exactly as the whole forest would. It is for models of one group whose sign is the
/// decision, such as binary classifiers; what it costs in accuracy is to be measured, with `ForestVariant.measure`.
package final class ForestCascade: Sendable {
    /// How many iterations all rows go through.
    package let headIterations: Int
    /// How far from 0 a raw score is decided.
    package let margin: Double
    private let head: CompiledForest
    private let tail: CompiledForest

    /// Splits a forest.
    /// - Parameter margin: 0 or more; infinity lets no row stop.
    /// - Throws: `invalidInput` for a forest of several groups or of averages, or where no iterations are left.
    package init(_ forest: Forest, headIterations: Int, margin: Double, instructions: ForestInstructions = .best) throws {
        guard forest.groupCount == 1, !forest.isAveraged else {
            throw MartletError(
                .invalidInput, "early exit: expected a forest with one raw score that is a sum, found \(forest.groupCount) of objective '\(forest.objective)'")
        }
        guard margin >= 0 else { throw MartletError(.invalidInput, "early exit: expected a margin of 0 or more, found \(margin)") }
        guard headIterations < forest.iterationCount else {
            throw MartletError(
                .invalidInput, "early exit: expected fewer than \(forest.iterationCount) iterations before the exit, found \(headIterations)")
        }
        var rest = forest
        rest.trees.removeFirst(headIterations * forest.treesPerIteration)
        rest.baseScores = [0]
        head = try CompiledForest(forest.truncated(toIterations: headIterations), instructions: instructions)
        tail = try CompiledForest(rest, instructions: instructions)
        self.headIterations = headIterations
        self.margin = margin
    }

    /// Predicts rows that lie row by row.
    /// - Returns: the predictions (raw scores where `raw`), and how many rows met all trees.
    package func predictions(_ values: [Float], rowCount: Int, raw: Bool = false) -> (predictions: [Double], completeCount: Int) {
        var scores = head.predictions(values, rowCount: rowCount, raw: true)
        let open = scores.indices.filter { scores[$0].magnitude < margin || scores[$0].isNaN }
        let width = head.featureNames.count
        var rest: [Float] = []
        rest.reserveCapacity(open.count * width)
        for row in open { rest += values[row * width..<(row + 1) * width] }
        for (row, score) in zip(open, tail.predictions(rest, rowCount: open.count, raw: true)) { scores[row] += score }
        if !raw { head.transform.apply(to: &scores, groupCount: 1) }
        return (scores, open.count)
    }
}
