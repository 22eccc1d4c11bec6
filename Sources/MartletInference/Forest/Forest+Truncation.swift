import MartletCore

extension Forest {
    /// The largest distance from 0 that counts as 0 at nodes where zero is missing: LightGBM's `kZeroThreshold`.
    package static let zeroMax = Double(Float(1e-35))

    /// How many boosting iterations there are.
    package var iterationCount: Int { treesPerIteration > 0 ? trees.count / treesPerIteration : 0 }

    /// The forest of the first iterations. - Throws: `invalidInput` for fewer than 1 or more than there are.
    package func truncated(toIterations count: Int) throws -> Forest {
        guard count >= 1, count <= iterationCount else {
            throw MartletError(.invalidInput, "forest: expected 1 to \(iterationCount) iterations to keep, found \(count)")
        }
        var kept = self
        kept.trees = Array(trees.prefix(count * treesPerIteration))
        return kept
    }
}
