/// Decision trees whose leaves add up, as their own library means them, whatever file they came from.
///
/// A row is `featureCount` numbers. Its raw score in a group is the group's base score plus the sum of one leaf of each of
/// the group's trees; `transform` makes predictions of raw scores or, where `isAveraged`, of what they are for one iteration.
package struct Forest: Sendable, Equatable {
    /// The library whose comparisons the trees follow.
    package enum Library: String, Sendable { case lightgbm = "LightGBM", xgboost = "XGBoost" }

    package var library: Library
    /// The features' names in the order of a row; made up (`f0`, `f1`, …) where the file has none.
    package var featureNames: [String]
    /// How many raw scores a row has: 1, or the number of classes.
    package var groupCount: Int
    /// All trees, in the order of the file: iteration by iteration.
    package var trees: [Tree]
    /// What each group's raw score begins with.
    package var baseScores: [Double]
    /// Whether predictions are those of the mean of all iterations, not of their sum: LightGBM's random forests. Raw scores are sums there too.
    package var isAveraged: Bool
    /// How many trees one boosting iteration adds to all groups together; truncation keeps whole iterations.
    package var treesPerIteration: Int
    package var transform: ForestTransform
    /// The objective's name as the file has it, for people.
    package var objective: String

    package var featureCount: Int { featureNames.count }
    /// Whether values are rounded to `Float` before any comparison, as XGBoost does.
    package var roundsToFloat: Bool { library == .xgboost }

    /// One tree. Children are node indices; below 0 they are leaves: `-1 - leaf`.
    package struct Tree: Sendable, Equatable {
        /// The inner nodes; the root is the first. A tree of a single leaf has none.
        package var nodes: [Node]
        package var leaves: [Double]
        /// The raw score that the tree adds to.
        package var group: Int

        /// Makes a tree.
        package init(nodes: [Node], leaves: [Double], group: Int) {
            self.nodes = nodes
            self.leaves = leaves
            self.group = group
        }
    }

    /// One inner node.
    package struct Node: Sendable, Equatable {
        package var feature: Int32
        package var left: Int32
        package var right: Int32
        package var split: Split

        /// Makes a node.
        package init(feature: Int32, left: Int32, right: Int32, split: Split) {
            self.feature = feature
            self.left = left
            self.right = right
            self.split = split
        }
    }

    /// What sends a row left or right.
    package enum Split: Sendable, Equatable {
        /// Left where `value <= threshold`; missing values, as `missing` defines them, go where `missingGoesLeft` says.
        case number(threshold: Double, missing: Missing, missingGoesLeft: Bool)
        /// The value, truncated towards zero, is looked up among `categories` (sorted, each 0 or more). Members go left where
        /// `membersGoLeft`, all others the other way; NaN goes where `missingGoesLeft` says. Negative values, infinities and values
        /// beyond `Int32` are no members; values between -1 and 0 are 0 where members go left (LightGBM truncates first) and
        /// negative where they go right (XGBoost looks at the sign first).
        case categories([Int32], membersGoLeft: Bool, missingGoesLeft: Bool)
    }

    /// Which values count as missing at a node of numbers.
    package enum Missing: UInt8, Sendable, CaseIterable {
        /// None: NaN is read as 0.
        case none
        /// NaN, and whatever lies within ±1e-35 (as a `Float`).
        case zero
        /// NaN.
        case nan
    }
}

/// How predictions follow from raw scores, as the library's own predict does it.
package enum ForestTransform: Sendable, Equatable {
    case identity
    /// `1 / (1 + exp(-slope · raw))`, each group by itself.
    case sigmoid(slope: Double)
    /// `exp(raw)`: Poisson, gamma, Tweedie.
    case exponential
    /// Shares that add up to 1.
    case softmax
    /// `log(1 + exp(raw))`: LightGBM's cross_entropy_lambda.
    case softplus
    /// `sign(raw) · raw²`: LightGBM's reg_sqrt.
    case signedSquare
    /// 1 where raw is above 0, else 0: XGBoost's binary:hinge.
    case step
    /// The position of the largest raw score: XGBoost's multi:softmax.
    case largest
}
