import Foundation

/// An objective of XGBoost by its name: what becomes of raw scores, and what `base_score` means.
struct XGBoostObjective {
    /// How the score that a file keeps becomes the raw score that trees add to: the library's `ProbToMargin`.
    enum Link { case identity, logit, logarithm }

    let transform: ForestTransform
    let link: Link

    /// Finds it. - Throws: a fault for a name that XGBoost 3 does not have.
    init(_ name: String) throws {
        switch name {
        case "reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "reg:quantileerror",
            "reg:expectileerror", "binary:logitraw", "rank:pairwise", "rank:ndcg", "rank:map":
            (transform, link) = (.identity, .identity)
        case "reg:logistic", "binary:logistic": (transform, link) = (.sigmoid(slope: 1), .logit)
        case "binary:hinge": (transform, link) = (.step, .identity)
        case "multi:softmax": (transform, link) = (.largest, .identity)
        case "multi:softprob": (transform, link) = (.softmax, .identity)
        case "count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft": (transform, link) = (.exponential, .logarithm)
        default:
            throw ForestFault.unsupported(
                "its objective '\(name.prefix(60))' is none that Martlet knows of XGBoost; train with a known one")
        }
    }

    /// The raw score of a stored base score, in single precision as the library computes it; `nil` where the library refuses it.
    func margin(_ score: Float) -> Float? {
        switch link {
        case .identity: return score.isFinite ? score : nil
        case .logit:
            guard score >= 0, score <= 1 else { return nil }
            let epsilon: Float = 1e-6
            let bounded = min(max(score, epsilon), 1 - epsilon)
            return -log(1 / bounded - 1)
        case .logarithm: return score > 0 && score.isFinite ? log(score) : nil
        }
    }
}
