import CEngines.LightGBM
package import MartletCore
import Synchronization

/// A model of boosted trees: one in training, or one read from its text.
///
/// **Same data, parameters and seed, same bytes**: with `deterministic=true`, `force_row_wise=true`, a fixed `seed` and
/// a fixed `num_threads`, two trainings of one LightGBM version on one kind of processor give equal `modelText()`.
///
/// Any number of tasks may call any of its functions. What trains or reads the training's state holds `training`;
/// `predict` does not: LightGBM itself lets predictions of one booster run side by side (they share its lock, each has
/// its own buffers, and all write the same range of iterations into it) and keeps them apart from an `update`.
///
/// The handle is `Sendable` by its own proof; everything else is constant or in a `Mutex`.
package final class LightGBMBooster: Sendable {
    /// How many threads training and reading use.
    let threads: Int
    let library: LightGBMLibrary
    let handle: LightGBMHandle
    /// The data sets that LightGBM points into: the training data first; empty for a model that was read.
    let training: Mutex<[LightGBMDataset]>

    /// How many features a row has.
    package let featureCount: Int
    /// How many numbers a prediction has: the classes of a multiclass model, otherwise 1.
    package let classCount: Int
    /// The features' names, in the order of a row.
    package let featureNames: [String]

    /// Starts a training; no tree is grown yet.
    ///
    /// - Parameter parameters: LightGBM's own, by any of its names.
    /// - Throws: `invalidInput` for an unknown parameter, `engine` where LightGBM refuses.
    package convenience init(training data: LightGBMDataset, parameters: [String: String]) throws {
        let library = try LightGBMLibrary.shared()
        let known = try LightGBMParameters(parameters, knownNames: library.parameterNames)
        let handle = try Self.make(library, threads: known.threads, to: "start a training") { functions, made in
            functions.LGBM_BoosterCreate(data.handle.pointer, known.text, made)
        }
        try self.init(library, handle, threads: known.threads, data: [data])
    }

    /// Reads a model from its text.
    ///
    /// - Parameter threads: how many threads reading uses; `predict` has its own number.
    /// - Throws: `corrupt` where the text is no model or damaged, `engine` where LightGBM refuses it.
    package convenience init(modelText: String, threads: Int = 1) throws {
        try LightGBMModelCheck.check(modelText)
        let library = try LightGBMLibrary.shared()
        let threads = max(1, threads)
        let handle = try Self.make(library, threads: threads, to: "read the model") { functions, made in
            var iterations: Int32 = 0
            return functions.LGBM_BoosterLoadModelFromString(modelText, &iterations, made)
        }
        try self.init(library, handle, threads: threads, data: [])
    }

    private init(_ library: LightGBMLibrary, _ handle: LightGBMHandle, threads: Int, data: [LightGBMDataset]) throws {
        self.library = library
        self.handle = handle
        self.threads = threads
        training = Mutex(data)
        var features: Int32 = 0
        var classes: Int32 = 0
        try library.call(threads: threads, to: "count the model's features and classes") { functions in
            let status = functions.LGBM_BoosterGetNumFeature(handle.pointer, &features)
            return status == 0 ? functions.LGBM_BoosterGetNumClasses(handle.pointer, &classes) : status
        }
        featureCount = Int(features)
        classCount = Int(classes)
        featureNames = try Self.names(library, threads: threads, to: "name the model's features") {
            $0.LGBM_BoosterGetFeatureNames(handle.pointer, $1, $2, $3, $4, $5)
        }
    }

    private static func make(
        _ library: LightGBMLibrary, threads: Int, to action: String,
        _ body: (martlet_lightgbm, UnsafeMutablePointer<martlet_lightgbm_handle?>) -> Int32
    ) throws -> LightGBMHandle {
        var made: martlet_lightgbm_handle?
        try library.call(threads: threads, to: action) { body($0, &made) }
        guard let made else { throw MartletError(.engine, "LightGBM could not \(action): it made no booster") }
        return LightGBMHandle(made, free: library.functions.LGBM_BoosterFree)
    }
}

// MARK: - Prediction

extension LightGBMBooster {
    /// Predicts rows.
    ///
    /// - Parameters:
    ///   - rows: `[rows, featureCount]`; `nan` means missing.
    ///   - raw: the trees' sum instead of a mean, probability or the like.
    ///   - threads: how many threads to use. Calls with another number wait for each other.
    /// - Returns: `[rows, classCount]`, row by row.
    /// - Throws: `invalidInput` for a wrong number of columns.
    package func predict(_ rows: Matrix, raw: Bool = false, threads: Int = 1) throws -> [Double] {
        try rows.elements.withUnsafeBufferPointer {
            try predict($0, columns: rows.columnCount, raw: raw, threads: threads)
        }
    }

    /// Predicts rows that lie one after the other in memory; otherwise as for a matrix.
    package func predict(
        _ elements: UnsafeBufferPointer<Double>, columns: Int, raw: Bool = false, threads: Int = 1
    ) throws -> [Double] {
        guard columns == featureCount, elements.count % columns == 0, elements.count / columns <= Int(Int32.max) else {
            throw MartletError(
                .invalidInput,
                "prediction: expected \(featureCount) columns (\(featureNames.joined(separator: ", "))) and at most "
                    + "\(Int32.max) whole rows, found \(columns) columns and \(elements.count) elements"
            )
        }
        guard let start = elements.baseAddress, !elements.isEmpty else { return [] }
        let threads = max(1, threads)
        let rowCount = Int32(elements.count / columns)
        let kind = Int32((raw ? MARTLET_LIGHTGBM_PREDICT_RAW_SCORE : MARTLET_LIGHTGBM_PREDICT_NORMAL).rawValue)
        var values = [Double](repeating: .nan, count: Int(rowCount) * classCount)
        var count = Int64(0)
        try library.call(threads: threads, to: "predict \(rowCount) rows") { functions in
            let status = functions.LGBM_BoosterCalcNumPredict(handle.pointer, rowCount, kind, 0, -1, &count)
            guard status == 0, count == Int64(values.count) else { return status }
            return functions.LGBM_BoosterPredictForMat(
                handle.pointer, start, Int32(MARTLET_LIGHTGBM_FLOAT64.rawValue), rowCount, Int32(columns), 1, kind,
                0, -1, "num_threads=\(threads) verbosity=-1", &count, &values
            )
        }
        guard count == Int64(values.count) else {
            throw MartletError(.engine, "LightGBM predicts \(count) numbers, expected \(values.count)")
        }
        return values
    }
}
