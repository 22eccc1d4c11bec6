import Foundation
import MartletCore

/// What a cheaper way to run a forest costs in accuracy, measured on rows with or without known answers.
package struct ForestVariant: Sendable, Equatable {
    /// How the forest is run.
    package enum Kind: Sendable, Equatable {
        /// The first iterations only.
        case truncated(iterations: Int)
        /// The first iterations, and the rest for rows whose raw score is within the margin.
        case earlyExit(iterations: Int, margin: Double)
    }

    package let kind: Kind
    /// The share of trees that a row meets on average, between 0 and 1.
    package let treeShare: Double
    /// The mean absolute difference of its predictions from the whole forest's.
    package let meanDifference: Double
    /// The largest such difference.
    package let maxDifference: Double
    /// Its loss minus the whole forest's on the rows' targets, `nil` without targets: log loss where predictions are probabilities,
    /// else the root of the mean squared error.
    package let lossIncrease: Double?

    /// Measures variants beside the whole forest.
    /// - Parameters:
    ///   - rows: `[rows, features]`, row by row, which the forest was not trained on.
    ///   - targets: one for each row, or none.
    /// - Throws: `invalidInput` for a forest of several groups, for no rows, and as the variants' own making throws.
    package static func measure(_ kinds: [Kind], of forest: Forest, rows: [Float], targets: [Double]? = nil) throws -> [ForestVariant] {
        let count = forest.featureCount > 0 ? rows.count / forest.featureCount : 0
        guard forest.groupCount == 1, count > 0, targets.map({ $0.count == count }) ?? true else {
            throw MartletError(
                .invalidInput,
                "variants: expected a forest with one output, at least one row and as many targets, found \(forest.groupCount) outputs, \(count) rows, \(targets?.count ?? count) targets"
            )
        }
        let whole = try CompiledForest(forest).predictions(rows, rowCount: count)
        let loss: ([Double]) -> Double? = { predictions in targets.map { Self.loss(predictions, $0, forest.transform) } }
        return try kinds.map { kind in
            let (predictions, share) = try run(kind, forest, rows, count)
            let differences = zip(predictions, whole).map { abs($0 - $1) }
            return ForestVariant(
                kind: kind, treeShare: share, meanDifference: differences.reduce(0, +) / Double(count),
                maxDifference: differences.max() ?? 0,
                lossIncrease: loss(predictions).flatMap { own in loss(whole).map { own - $0 } }
            )
        }
    }

    private static func run(_ kind: Kind, _ forest: Forest, _ rows: [Float], _ count: Int) throws -> ([Double], Double) {
        switch kind {
        case .truncated(let iterations):
            let compiled = try CompiledForest(forest.truncated(toIterations: iterations))
            return (compiled.predictions(rows, rowCount: count), Double(iterations) / Double(forest.iterationCount))
        case .earlyExit(let iterations, let margin):
            let cascade = try ForestCascade(forest, headIterations: iterations, margin: margin)
            let answer = cascade.predictions(rows, rowCount: count)
            let head = Double(iterations) / Double(forest.iterationCount)
            return (answer.predictions, head + (1 - head) * Double(answer.completeCount) / Double(count))
        }
    }

    private static func loss(_ predictions: [Double], _ targets: [Double], _ transform: ForestTransform) -> Double {
        guard case .sigmoid = transform else {
            let squares = zip(predictions, targets).map { ($0 - $1) * ($0 - $1) }
            return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
        }
        let losses = zip(predictions, targets).map { probability, target in
            let bounded = min(max(probability, 1e-15), 1 - 1e-15)
            return -(target * log(bounded) + (1 - target) * log(1 - bounded))
        }
        return losses.reduce(0, +) / Double(losses.count)
    }
}
