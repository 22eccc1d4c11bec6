/// A forest run the plain way: the definition that faster engines are held to.
///
/// Values are taken as the forest's library takes them: NaN means missing; for XGBoost each is rounded to `Float` first.
package struct ForestReference: Sendable {
    package let forest: Forest

    /// Makes a runner of a forest whose trees keep their invariants, as those of every reader do.
    package init(_ forest: Forest) { self.forest = forest }

    /// The leaf of each tree, in the order of the trees. - Parameter row: `featureCount` numbers.
    package func leaves(_ row: [Double]) -> [Int] {
        precondition(row.count == forest.featureCount, "expected \(forest.featureCount) features, found \(row.count)")
        let values = forest.roundsToFloat ? row.map { Double(Float($0)) } : row
        return forest.trees.map { leaf(of: $0, values) }
    }

    /// The same for a row in single precision, which is exact in double precision.
    package func leaves(_ row: [Float]) -> [Int] { leaves(row.map(Double.init)) }

    /// The raw score of each group: the base score plus the leaves in the order of the trees.
    package func rawScores(_ row: [Double]) -> [Double] {
        var sums = [Double](repeating: 0, count: forest.groupCount)
        for (tree, leaf) in zip(forest.trees, leaves(row)) { sums[tree.group] += tree.leaves[leaf] }
        return zip(forest.baseScores, sums).map { $0 + $1 }
    }

    /// The same for a row in single precision.
    package func rawScores(_ row: [Float]) -> [Double] { rawScores(row.map(Double.init)) }

    /// What the library's predict answers: one number a group, or one number where the transform picks a group.
    package func predictions(_ row: [Double]) -> [Double] {
        var scores = rawScores(row)
        if forest.isAveraged {
            let iterations = Double(forest.iterationCount)
            scores = scores.map { $0 / iterations }
        }
        forest.transform.apply(to: &scores, groupCount: forest.groupCount)
        return Array(scores.prefix(forest.transform.outputCount(groupCount: forest.groupCount)))
    }

    /// The same for a row in single precision.
    package func predictions(_ row: [Float]) -> [Double] { predictions(row.map(Double.init)) }

    private func leaf(of tree: Forest.Tree, _ row: [Double]) -> Int {
        var position: Int32 = tree.nodes.isEmpty ? -1 : 0
        while position >= 0 {
            let node = tree.nodes[Int(position)]
            position = node.split.goesLeft(row[Int(node.feature)]) ? node.left : node.right
        }
        return -1 - Int(position)
    }
}

extension Forest.Split {
    /// Whether a value goes left; XGBoost's are to be rounded to `Float` before.
    package func goesLeft(_ value: Double) -> Bool {
        switch self {
        case .number(let threshold, let missing, let missingGoesLeft):
            switch missing {
            case .none: (value.isNaN ? 0 : value) <= threshold
            case .zero: value.isNaN || abs(value) <= Forest.zeroMax ? missingGoesLeft : value <= threshold
            case .nan: value.isNaN ? missingGoesLeft : value <= threshold
            }
        case .categories(let members, let membersGoLeft, let missingGoesLeft):
            if value.isNaN {
                missingGoesLeft
            } else {
                // XGBoost, whose members go right, looks at the sign before it truncates; LightGBM after.
                (value < 0 && !membersGoLeft ? false : Self.contains(members, value)) == membersGoLeft
            }
        }
    }

    private static func contains(_ members: [Int32], _ value: Double) -> Bool {
        guard let category = Int32(exactly: value.rounded(.towardZero)), category >= 0 else { return false }
        return members.contains(category)
    }
}
