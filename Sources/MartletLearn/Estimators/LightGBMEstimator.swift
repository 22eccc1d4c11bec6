import MartletCore
import MartletEngines

/// Gradient-boosted trees by LightGBM (Ke et al., NeurIPS 2017).
///
/// With validation rows the number of trees is chosen where their loss is least; then all rows are fitted again with that
/// many. Training is deterministic: rows are scanned in order, with the given seed and number of threads.
public struct LightGBMEstimator: Estimator, Equatable {
    /// LightGBM's own parameters; `seed`, `num_threads`, `verbosity` and those for reproducibility are set here.
    public var parameters: [String: String]
    /// The most trees that are grown.
    public var treesMax: Int
    /// How many trees may be grown without the validation loss falling.
    public var patience: Int
    /// The positions of the features whose values are codes of categories.
    public var categorical: [Int]
    /// For each feature −1 (the prediction never rises with it), 1 (never falls) or 0; empty for none.
    public var monotone: [Int]
    /// How many threads train; part of what makes the bytes equal.
    public var threads: Int

    /// Makes a recipe.
    public init(
        parameters: [String: String], treesMax: Int = 1_000, patience: Int = 50, categorical: [Int] = [], monotone: [Int] = [],
        threads: Int = 1
    ) {
        precondition(treesMax >= 1 && patience >= 1 && threads >= 1)
        self.parameters = parameters
        self.treesMax = treesMax
        self.patience = patience
        self.categorical = categorical
        self.monotone = monotone
        self.threads = threads
    }

    /// Parameters that people may not set: they are part of the recipe or of its reproducibility.
    package static let reserved: Set<String> = [
        "seed", "random_seed", "random_state", "deterministic", "force_row_wise", "force_col_wise",
        "num_threads", "num_thread", "nthread", "nthreads", "n_jobs", "verbosity", "verbose", "device_type", "device",
        "monotone_constraints", "monotone_constraint", "monotonic_cst", "mc",
        "categorical_feature", "categorical_features", "categorical_column", "cat_feature", "cat_column",
        "num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round", "num_rounds", "nrounds",
        "num_boost_round", "n_estimators", "max_iter",
        "early_stopping_round", "early_stopping_rounds", "early_stopping", "n_iter_no_change",
        "data", "train", "train_data", "train_data_file", "data_filename",
        "valid", "test", "valid_data", "valid_data_file", "test_data", "test_data_file", "valid_filenames",
        "input_model", "model_input", "model_in", "output_model", "model_output", "model_out", "snapshot_freq", "save_period",
        "save_binary", "is_save_binary", "is_save_binary_file", "config", "config_file", "task", "task_type",
        "machines", "workers", "nodes", "machine_list_filename", "machine_list_file", "machine_list", "mlist",
    ]

    /// Metrics of which more is better: they cannot be minimised.
    private static let risingMetrics = ["auc", "average_precision", "ndcg", "map@"]

    /// Fits the trees.
    public func fit(
        training: LabelledRows, validation: LabelledRows?, seed: UInt64, progress: (Double, String) -> Void
    ) throws -> FittedForest {
        let parameters = engineParameters(seed: seed, features: training.features.matrix.columnCount)
        guard let validation else {
            let booster = try grow(training, trees: treesMax, parameters) { progress($0, "tree \($1)") }
            return try FittedForest(
                modelText: booster.modelText(iterations: nil), trees: booster.iterationCount, validationLoss: nil, threads: threads)
        }
        let search = try stopEarly(training, validation, parameters) { progress($0 * 0.5, "tree \($1), validation loss \($2)") }
        let whole = LabelledRows.joined(training, validation)
        let booster = try grow(whole, trees: search.trees, parameters) { progress(0.5 + $0 * 0.5, "refits on all rows: tree \($1)") }
        return try FittedForest(
            modelText: booster.modelText(iterations: nil), trees: booster.iterationCount, validationLoss: search.loss, threads: threads
        )
    }

    private func engineParameters(seed: UInt64, features: Int) -> [String: String] {
        var all = parameters
        all["seed"] = "\(seed % UInt64(Int32.max))"
        all["num_threads"] = "\(threads)"
        all["deterministic"] = "true"
        all["force_row_wise"] = "true"
        all["verbosity"] = "-1"
        if !monotone.isEmpty {
            precondition(monotone.count == features)
            all["monotone_constraints"] = monotone.map(String.init).joined(separator: ",")
        }
        return all
    }

    private func dataset(
        _ rows: LabelledRows, _ parameters: [String: String], reference: LightGBMDataset? = nil
    ) throws -> LightGBMDataset {
        try LightGBMDataset(
            features: rows.features.matrix, target: rows.target, weights: nil, initialScores: nil, categorical: categorical,
            parameters: parameters, reference: reference
        )
    }

    private func grow(
        _ rows: LabelledRows, trees: Int, _ parameters: [String: String], progress: (Double, Int) -> Void
    ) throws -> LightGBMBooster {
        let booster = try LightGBMBooster(training: try dataset(rows, parameters), parameters: parameters)
        for tree in 1...trees {
            try Task.checkCancellation()
            if try booster.update() { break }
            progress(Double(tree) / Double(trees), tree)
        }
        return booster
    }

    private func stopEarly(
        _ training: LabelledRows, _ validation: LabelledRows, _ parameters: [String: String],
        progress: (Double, Int, String) -> Void
    ) throws -> (trees: Int, loss: Double) {
        let trainingSet = try dataset(training, parameters)
        let booster = try LightGBMBooster(training: trainingSet, parameters: parameters)
        try booster.addValidation(try dataset(validation, parameters, reference: trainingSet))
        let metric = try booster.evaluationNames().first ?? ""
        if Self.risingMetrics.contains(where: metric.hasPrefix) {
            throw MartletError(
                .invalidInput, "early stopping needs a metric of which less is better, found '\(metric)'; set another 'metric'")
        }
        var best = (trees: 1, loss: Double.infinity)
        for tree in 1...treesMax {
            try Task.checkCancellation()
            let stopped = try booster.update()
            guard let loss = try booster.evaluate(dataset: 1).first else {
                throw MartletError(.invalidInput, "LightGBM computes no metric; set 'metric' in the estimator's parameters")
            }
            if loss < best.loss { best = (tree, loss) }
            progress(Double(tree) / Double(treesMax), tree, String(loss.formatted(places: 5)))
            if stopped || tree - best.trees >= patience { break }
        }
        return best
    }
}

extension LabelledRows {
    /// The rows of two parts, one after the other.
    static func joined(_ first: LabelledRows, _ second: LabelledRows) -> LabelledRows {
        let matrix = Matrix(
            names: first.features.matrix.names, elements: first.features.matrix.elements + second.features.matrix.elements
        )
        let columns = Table(zip(first.features.columns.columns, second.features.columns.columns).map { $0.appending($1) })
        return LabelledRows(features: FeatureRows(matrix: matrix, columns: columns), target: first.target + second.target)
    }
}

/// Trees that LightGBM grew.
public struct FittedForest: Fitted {
    /// The model in LightGBM's text format.
    public let modelText: String
    /// How many boosting rounds it has.
    public let trees: Int
    /// The least validation loss, where there were validation rows.
    public let validationLoss: Double?

    private let booster: LightGBMBooster
    private let threads: Int

    /// Reads a model. - Throws: `engine` where the text is none.
    public init(modelText: String, trees: Int, validationLoss: Double?, threads: Int = 1) throws {
        self.modelText = modelText
        self.trees = trees
        self.validationLoss = validationLoss
        self.threads = threads
        booster = try LightGBMBooster(modelText: modelText)
    }

    /// The trees' sum for each row.
    public func predict(_ rows: FeatureRows) throws -> [Double] {
        try booster.predict(rows.matrix, raw: false, threads: threads)
    }

    /// The share of the loss' fall that each feature brought, by name; the shares sum to 1.
    public func gainShares() throws -> [(feature: String, share: Double)] {
        let gains = try booster.importance(.gain)
        let total = gains.reduce(0, +)
        return zip(booster.featureNames, gains).map { ($0, total > 0 ? $1 / total : 0) }
            .sorted { ($1.share, $0.feature) < ($0.share, $1.feature) }
    }
}
