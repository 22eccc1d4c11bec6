import MartletCore

@testable import MartletInference

/// Rows that tell a right comparison from a nearly right one: thresholds and their neighbours, zeros, what is missing, what is huge.
struct ProbingRows {
    /// What every feature may be.
    private static let special: [Double] = {
        let zero = Forest.zeroMax
        let around = [
            0, zero, 1e-35, 1e-40, .leastNonzeroMagnitude, Double(Float.leastNonzeroMagnitude), Double(Float.leastNormalMagnitude),
        ]
        .flatMap { [$0, $0.nextUp, $0.nextDown, -$0, (-$0).nextUp, (-$0).nextDown] }
        let categories = [
            -0.5, -0.999, 0.999, -1, 1.5, 31, 32, 2_147_483_647, 2_147_483_648, 4_294_967_296, 4_294_967_297, 3e9, -3e9, 1e19,
        ]
        return around + categories + [.nan, -.nan, .infinity, -.infinity, 1e300, -1e300, .greatestFiniteMagnitude]
    }()

    /// `[rows, features]`.
    let elements: [Double]

    /// Takes rows of the training and puts probing values into some of their features.
    init(of forest: Forest, training: Matrix, count: Int, random: inout SplitMix64) {
        let probes = Self.probes(of: forest)
        var elements: [Double] = []
        for _ in 0..<count {
            let row = random.index(below: training.rowCount)
            let share = random.unit()
            for feature in 0..<training.columnCount {
                let isProbed = random.unit() < share && !probes[feature].isEmpty
                let values = random.unit() < 0.4 ? Self.special : probes[feature]
                elements.append(isProbed ? values[random.index(below: values.count)] : training[row, feature])
            }
        }
        self.elements = elements
    }

    /// Each feature's thresholds and categories with their neighbours in double and single precision.
    private static func probes(of forest: Forest) -> [[Double]] {
        var probes = Array(repeating: [Double.nan], count: forest.featureCount)
        for node in forest.trees.flatMap(\.nodes) {
            switch node.split {
            case .number(let threshold, _, _):
                let single = Float(threshold)
                probes[Int(node.feature)] += [threshold, threshold.nextUp, threshold.nextDown, -threshold]
                probes[Int(node.feature)] += [single, single.nextUp, single.nextDown].map(Double.init)
            case .categories(let members, _, _):
                probes[Int(node.feature)] += members.flatMap { [Double($0), Double($0) + 0.5, Double($0) - 0.5, Double($0) + 1] }
            }
        }
        return probes
    }
}
