/// An objective as the header of a LightGBM model names it: a name, then words such as `sigmoid:1`, `num_class:3` or `sqrt`.
struct LightGBMObjective {
    /// What becomes of the raw scores.
    let transform: ForestTransform
    /// How many classes it says that there are; `nil` where it says nothing.
    let classCount: Int?

    /// Reads it. - Throws: a fault for a name that LightGBM 4 does not write and for a slope that is no number above 0.
    init(_ text: String) throws {
        let words = text.split(separator: " ").map(String.init)
        let name = words.first ?? ""
        classCount = Self.value("num_class", in: words).flatMap(Int.init)
        switch name {
        case "regression", "regression_l1", "quantile", "mape", "fair":
            transform = words.contains("sqrt") ? .signedSquare : .identity
        case "huber", "lambdarank", "rank_xendcg", "custom", "none", "null", "na": transform = .identity
        case "poisson", "gamma", "tweedie": transform = .exponential
        case "binary", "multiclassova": transform = .sigmoid(slope: try Self.slope(words))
        case "cross_entropy", "xentropy": transform = .sigmoid(slope: 1)
        case "cross_entropy_lambda", "xentlambda": transform = .softplus
        case "multiclass": transform = .softmax
        default:
            throw ForestFault.unsupported(
                "its objective '\(name.prefix(60))' is none of LightGBM 4; remove the line 'objective=' from its text to get raw scores"
            )
        }
    }

    private static func slope(_ words: [String]) throws -> Double {
        let text = value("sigmoid", in: words) ?? ""
        guard let slope = Double(text), slope > 0, slope.isFinite else {
            throw ForestFault.damaged(
                place: "header: objective", "expected 'sigmoid:' and a number above 0, found '\(words.joined(separator: " ").prefix(80))'")
        }
        return slope
    }

    private static func value(_ key: String, in words: [String]) -> String? {
        words.first { $0.hasPrefix(key + ":") }.map { String($0.dropFirst(key.count + 1)) }
    }
}
