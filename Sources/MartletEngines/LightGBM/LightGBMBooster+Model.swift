import CEngines.LightGBM
import MartletCore
import Synchronization

/// What makes a feature important to a model.
package enum LightGBMImportance: Sendable {
    /// How much its splits lower the loss, in sum.
    case gain
    /// How many splits use it.
    case split
}

extension LightGBMBooster {
    /// The model as LightGBM's text, which every LightGBM reads.
    ///
    /// - Parameter iterations: how many iterations to keep, from the first; `nil` keeps all.
    package func modelText(iterations: Int? = nil) throws -> String {
        guard (iterations ?? 1) > 0 else {
            throw MartletError(.invalidInput, "model text: expected at least 1 iteration, found \(iterations ?? 0)")
        }
        return try training.withLock { _ in
            var text: String?
            try library.call(threads: threads, to: "write the model") { functions in
                var status: Int32 = 0
                text = LightGBMText.read { capacity, length, buffer in
                    status = functions.LGBM_BoosterSaveModelToString(
                        handle.pointer, 0, Int32(clamping: iterations ?? -1),
                        Int32(MARTLET_LIGHTGBM_IMPORTANCE_SPLIT.rawValue), capacity, length, buffer
                    )
                    return status
                }
                return status
            }
            guard let text else { throw MartletError(.engine, "LightGBM wrote no model") }
            return text
        }
    }

    /// How important each feature is, in the order of `featureNames`; not normalised.
    package func importance(_ kind: LightGBMImportance) throws -> [Double] {
        try training.withLock { _ in
            let number = kind == .gain ? MARTLET_LIGHTGBM_IMPORTANCE_GAIN : MARTLET_LIGHTGBM_IMPORTANCE_SPLIT
            var values = [Double](repeating: 0, count: featureCount)
            try library.call(threads: threads, to: "weigh the features") {
                $0.LGBM_BoosterFeatureImportance(handle.pointer, -1, Int32(number.rawValue), &values)
            }
            return values
        }
    }
}
