import MartletCore
import MartletEngines

/// A small regression: y = 3a - 2b + c·[a > 0.5] and a little noise; `kind` is a category that shifts y.
struct LightGBMExample {
    let features: Matrix
    let target: [Double]

    init(rows: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var elements: [Double] = []
        var target: [Double] = []
        for _ in 0..<rows {
            let (a, b, c) = (random.unit(), random.unit(), random.unit())
            let kind = Double(random.index(below: 4))
            elements += [a, b, random.unit() < 0.1 ? .nan : c, kind]
            target.append(3 * a - 2 * b + (a > 0.5 ? c : 0) + (kind == 2 ? 5 : 0) + 0.1 * random.unit())
        }
        features = Matrix(names: ["a", "b", "c", "kind"], elements: elements)
        self.target = target
    }

    static let parameters = [
        "objective": "regression", "metric": "l2", "num_leaves": "15", "learning_rate": "0.2", "min_data_in_leaf": "5",
        "min_data_per_group": "5", "cat_smooth": "1", "seed": "7", "deterministic": "true", "force_row_wise": "true",
        "num_threads": "1",
    ]

    func dataset(
        reference: LightGBMDataset? = nil, parameters: [String: String] = parameters
    ) throws -> LightGBMDataset {
        try LightGBMDataset(
            features: features, target: target, categorical: [3], parameters: parameters, reference: reference
        )
    }

    func booster(iterations: Int, parameters: [String: String] = parameters) throws -> LightGBMBooster {
        let booster = try LightGBMBooster(training: dataset(parameters: parameters), parameters: parameters)
        for _ in 0..<iterations { _ = try booster.update() }
        return booster
    }
}
