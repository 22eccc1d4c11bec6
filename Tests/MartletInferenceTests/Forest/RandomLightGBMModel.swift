import MartletCore
import MartletEngines

@testable import MartletInference

/// A small LightGBM model with everything by chance: data, kinds of features, objective, how missing values are kept, how it grows.
struct RandomLightGBMModel {
    /// How a feature's values are made.
    enum Kind: CaseIterable {
        case continuous, small, tiny, constant, withMissing, withZeros, wholeNumbers, categories, manyCategories
    }

    static let objectives = [
        "regression", "regression_l1", "huber", "fair", "quantile", "mape", "poisson", "gamma", "tweedie", "binary",
        "cross_entropy", "cross_entropy_lambda", "multiclass", "multiclassova",
    ]

    let text: String
    let kinds: [Kind]
    let training: Matrix

    /// Trains it.
    init(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let kinds = (0..<random.index(below: 6) + 1).map { _ in Kind.allCases[random.index(below: Kind.allCases.count)] }
        let rowCount = 30 + random.index(below: 300)
        let columns = kinds.map { kind in (0..<rowCount).map { _ in Self.value(kind, &random) } }
        training = Matrix(names: kinds.indices.map { "c\($0)" }, columns: columns)
        self.kinds = kinds
        let objective = Self.objectives[random.index(below: Self.objectives.count)]
        let target = (0..<rowCount).map { row in
            let sum = columns.reduce(0) { $0 + ($1[row].isFinite ? $1[row].truncatingRemainder(dividingBy: 7) : 3) }
            return Self.target(objective, sum + random.unit())
        }
        let parameters = Self.parameters(objective, &random)
        let categorical = kinds.indices.filter { kinds[$0] == .categories || kinds[$0] == .manyCategories }
        let data = try LightGBMDataset(features: training, target: target, categorical: categorical, parameters: parameters)
        let booster = try LightGBMBooster(training: data, parameters: parameters)
        for _ in 0..<random.index(below: 12) + 1 { _ = try booster.update() }
        text = try booster.modelText()
    }

    private static func value(_ kind: Kind, _ random: inout SplitMix64) -> Double {
        let unit = random.unit()
        return switch kind {
        case .continuous: (unit - 0.5) * 1e3
        case .small: (unit - 0.5) * 1e-30
        case .tiny: (unit - 0.5) * 4e-35
        case .constant: 5
        case .withMissing: unit < 0.3 ? .nan : unit * 10 - 5
        case .withZeros: unit < 0.4 ? 0 : unit < 0.5 ? .nan : (unit - 0.75) * 10
        case .wholeNumbers: Double(random.index(below: 9)) - 4
        case .categories: unit < 0.1 ? .nan : unit < 0.15 ? -3 : Double(random.index(below: 6))
        case .manyCategories: Double(random.index(below: 12) * random.index(below: 90))
        }
    }

    private static func target(_ objective: String, _ score: Double) -> Double {
        switch objective {
        case "poisson", "gamma", "tweedie": abs(score) + 0.1
        case "binary": score > 2 ? 1 : 0
        case "cross_entropy", "cross_entropy_lambda": min(1, abs(score) / 10)
        case "multiclass", "multiclassova": abs(score).truncatingRemainder(dividingBy: 3).rounded(.down)
        default: score
        }
    }

    private static func parameters(_ objective: String, _ random: inout SplitMix64) -> [String: String] {
        var parameters = [
            "objective": objective, "num_threads": "1", "seed": "\(random.index(below: 1000))", "deterministic": "true",
            "force_row_wise": "true", "num_leaves": "\(2 + random.index(below: 30))", "learning_rate": "\(0.05 + random.unit())",
            "min_data_in_leaf": "\(1 + random.index(below: 20))", "min_sum_hessian_in_leaf": "1e-9",
            "max_bin": random.unit() < 0.3 ? "\(2 + random.index(below: 8))" : "255", "min_data_in_bin": "\(1 + random.index(below: 4))",
            "min_data_per_group": "\(1 + random.index(below: 5))", "cat_smooth": "1", "cat_l2": "1",
            "max_cat_to_onehot": random.unit() < 0.5 ? "1" : "8", "feature_pre_filter": "false",
        ]
        if random.unit() < 0.25 { parameters["use_missing"] = "false" }
        if random.unit() < 0.25 { parameters["zero_as_missing"] = "true" }
        if random.unit() < 0.2 { parameters["extra_trees"] = "true" }
        if objective.hasPrefix("multiclass") { parameters["num_class"] = "3" }
        if objective == "binary" || objective == "multiclassova" { parameters["sigmoid"] = random.unit() < 0.5 ? "1" : "0.7" }
        if ["regression", "regression_l1", "fair", "quantile", "mape", "huber"].contains(objective), random.unit() < 0.3 {
            parameters["reg_sqrt"] = "true"
        }
        switch random.index(below: 4) {
        case 0: parameters["boosting"] = "dart"
        case 1:
            parameters.merge(["boosting": "rf", "bagging_freq": "1", "bagging_fraction": "0.6"]) { $1 }
        default: break
        }
        return parameters
    }
}
