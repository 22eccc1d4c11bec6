/// A parameter of LightGBM that a search may set: those that change how trees are grown and that its scorers can read.
public struct LightGBMParameter: Sendable, Equatable {
    /// What its values are.
    public enum Kind: Sendable, Equatable {
        case real
        case integer
        case truth
        case word([String])
    }

    /// What its values are.
    public let kind: Kind
    /// The least value, where it is a number.
    public let minimum: Double
    /// The greatest.
    public let maximum: Double
    /// Whether the least value itself is none.
    public let isOpen: Bool

    private init(_ kind: Kind, _ minimum: Double = -.infinity, _ maximum: Double = .infinity, isOpen: Bool = false) {
        (self.kind, self.minimum, self.maximum, self.isOpen) = (kind, minimum, maximum, isOpen)
    }

    /// Whether LightGBM takes a number.
    public func takes(_ value: Double) -> Bool { value <= maximum && (isOpen ? value > minimum : value >= minimum) }

    private static let share = LightGBMParameter(.real, 0, 1)
    private static let openShare = LightGBMParameter(.real, 0, 1, isOpen: true)
    private static let penalty = LightGBMParameter(.real, 0)
    private static let positive = LightGBMParameter(.real, 0, isOpen: true)
    private static func whole(from least: Double, to most: Double = Double(Int32.max)) -> LightGBMParameter {
        LightGBMParameter(.integer, least, most)
    }

    /// All of them by their names, with LightGBM's own bounds (its page Parameters, version 4).
    public static let searchable: [String: LightGBMParameter] = [
        "learning_rate": positive, "num_leaves": whole(from: 2, to: 131_072), "max_depth": whole(from: -1),
        "min_data_in_leaf": whole(from: 0), "min_sum_hessian_in_leaf": penalty, "min_gain_to_split": penalty,
        "bagging_fraction": openShare, "bagging_freq": whole(from: 0), "feature_fraction": openShare, "feature_fraction_bynode": openShare,
        "extra_trees": LightGBMParameter(.truth), "lambda_l1": penalty, "lambda_l2": penalty, "path_smooth": penalty,
        "max_delta_step": LightGBMParameter(.real), "monotone_penalty": penalty,
        "monotone_constraints_method": LightGBMParameter(.word(["basic", "intermediate", "advanced"])),
        "boosting": LightGBMParameter(.word(["gbdt", "dart"])), "data_sample_strategy": LightGBMParameter(.word(["bagging", "goss"])),
        "top_rate": share, "other_rate": share, "drop_rate": share, "skip_drop": share, "max_drop": whole(from: -1),
        "uniform_drop": LightGBMParameter(.truth), "xgboost_dart_mode": LightGBMParameter(.truth),
        "cat_l2": penalty, "cat_smooth": penalty, "max_cat_threshold": whole(from: 1), "max_cat_to_onehot": whole(from: 1),
        "min_data_per_group": whole(from: 1), "max_bin": whole(from: 2), "min_data_in_bin": whole(from: 1),
        "use_missing": LightGBMParameter(.truth), "zero_as_missing": LightGBMParameter(.truth),
        "alpha": positive, "fair_c": positive, "poisson_max_delta_step": positive,
        "tweedie_variance_power": LightGBMParameter(.real, 1, 1.999),
        "boost_from_average": LightGBMParameter(.truth), "reg_sqrt": LightGBMParameter(.truth),
    ]

    /// What else LightGBM calls some of them.
    public static let aliases: [String: String] = [
        "eta": "learning_rate", "shrinkage_rate": "learning_rate", "max_leaf": "num_leaves", "num_leaf": "num_leaves",
        "max_leaves": "num_leaves", "max_leaf_nodes": "num_leaves", "min_data": "min_data_in_leaf", "min_samples_leaf": "min_data_in_leaf",
        "min_child_samples": "min_data_in_leaf", "min_data_per_leaf": "min_data_in_leaf", "min_hessian": "min_sum_hessian_in_leaf",
        "min_sum_hessian": "min_sum_hessian_in_leaf", "min_child_weight": "min_sum_hessian_in_leaf",
        "min_sum_hessian_per_leaf": "min_sum_hessian_in_leaf", "bagging": "bagging_fraction", "sub_row": "bagging_fraction",
        "subsample": "bagging_fraction", "subsample_freq": "bagging_freq", "sub_feature": "feature_fraction",
        "colsample_bytree": "feature_fraction", "colsample_bynode": "feature_fraction_bynode",
        "sub_feature_bynode": "feature_fraction_bynode", "extra_tree": "extra_trees", "max_leaf_output": "max_delta_step",
        "max_tree_output": "max_delta_step", "reg_alpha": "lambda_l1", "l1_regularization": "lambda_l1", "lambda": "lambda_l2",
        "reg_lambda": "lambda_l2", "l2_regularization": "lambda_l2", "min_split_gain": "min_gain_to_split", "rate_drop": "drop_rate",
        "mc_method": "monotone_constraints_method", "monotone_constraining_method": "monotone_constraints_method",
        "mc_penalty": "monotone_penalty", "ms_penalty": "monotone_penalty", "monotone_splits_penalty": "monotone_penalty",
        "max_bins": "max_bin", "boost": "boosting", "boosting_type": "boosting",
    ]
}
