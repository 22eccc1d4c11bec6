import MartletCore

@testable import MartletInference

/// Forests of any shape, and rows that hit what is special about them, from a seed.
struct RandomForests {
    private(set) var random: SplitMix64
    /// Leaves of one tree at most.
    var leafCountMax = 40
    /// Distinct thresholds of one feature at most.
    var thresholdCountMax = 300
    var categoryCountMax: Int32 = 400
    private var pools: [[Double]] = []

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    private mutating func chance(_ share: Double) -> Bool { random.unit() < share }

    mutating func forest(library: Forest.Library = .lightgbm, features: Int, trees: Int, groups: Int = 1) -> Forest {
        pools = (0..<features).map { _ in thresholds(library) }
        let grown = (0..<trees).map { number in tree(group: number % groups, features: features, library) }
        return Forest(
            library: library, featureNames: (0..<features).map { "f\($0)" }, groupCount: groups, trees: grown,
            baseScores: (0..<groups).map { _ in random.unit() - 0.5 }, isAveraged: false, treesPerIteration: groups,
            transform: .identity, objective: "regression"
        )
    }

    private mutating func thresholds(_ library: Forest.Library) -> [Double] {
        (0..<1 + below(thresholdCountMax)).map { _ in
            switch below(12) {
            case 0: return 0
            case 1: return 1e-35
            case 2: return -1e-40
            case 3 where library == .lightgbm: return 1e300 * (random.unit() - 0.5)
            case 4: return Double(below(20))
            case 5 where library == .lightgbm: return 1 + Double(below(9)) * 1e-12  // many that round to one float
            case 6: return Double(Float.greatestFiniteMagnitude)
            default:
                let value = (random.unit() - 0.5) * 20
                return library == .xgboost ? Double(Float(value)) : value
            }
        }
    }

    private mutating func tree(group: Int, features: Int, _ library: Forest.Library) -> Forest.Tree {
        let leafCount = 1 + below(leafCountMax)
        var nodes: [Forest.Node] = []
        // Splits a leaf at random until there are enough; leaf numbers are those of the order of their making.
        var parents: [(node: Int, isLeft: Bool)?] = [nil]
        while parents.count < leafCount {
            let leaf = below(parents.count)
            let number = nodes.count
            let other = parents.count
            let feature = Int32(below(features))
            nodes.append(
                Forest.Node(feature: feature, left: Int32(-1 - leaf), right: Int32(-1 - other), split: split(Int(feature), library)))
            if let parent = parents[leaf] {
                if parent.isLeft { nodes[parent.node].left = Int32(number) } else { nodes[parent.node].right = Int32(number) }
            }
            parents[leaf] = (number, true)
            parents.append((number, false))
        }
        return Forest.Tree(nodes: nodes, leaves: (0..<leafCount).map { _ in (random.unit() - 0.5) * 2 }, group: group)
    }

    private mutating func split(_ feature: Int, _ library: Forest.Library) -> Forest.Split {
        if feature % 4 == 3 {
            let members = Set((0..<1 + below(20)).map { _ in Int32(below(Int(categoryCountMax))) })
            return .categories(members.sorted(), membersGoLeft: library == .lightgbm, missingGoesLeft: library == .xgboost && chance(0.5))
        }
        let missing: Forest.Missing = library == .xgboost ? .nan : [.none, .zero, .nan][below(3)]
        return .number(threshold: pools[feature][below(pools[feature].count)], missing: missing, missingGoesLeft: chance(0.5))
    }

    /// One value for a feature: often a threshold, its neighbours in both precisions, or something that is no number.
    mutating func value(_ feature: Int) -> Double {
        if feature % 4 == 3, chance(0.8) { return Double(below(Int(categoryCountMax) + 20)) + [0, 0, 0.5, -0.5][below(4)] }
        let threshold = pools[feature][below(pools[feature].count)]
        switch below(14) {
        case 0: return .nan
        case 1: return .infinity
        case 2: return -.infinity
        case 3: return [0, -0.0, 1e-36, -1e-36, 2e-35, .leastNonzeroMagnitude, 1e-42][below(7)]
        case 4, 5: return threshold
        case 6: return threshold.nextUp
        case 7: return threshold.nextDown
        case 8: return Double(Float(threshold).nextUp)
        case 9: return Double(Float(threshold).nextDown)
        case 10: return -3e9 * random.unit()
        default: return (random.unit() - 0.5) * 24
        }
    }

    mutating func rows(_ count: Int) -> [Double] {
        (0..<count).flatMap { _ in pools.indices.map { _ in 0 } }.indices.map { value($0 % pools.count) }
    }
}
