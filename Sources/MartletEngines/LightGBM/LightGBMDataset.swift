import CEngines.LightGBM
package import MartletCore

/// A table as LightGBM trains on it: features sorted into bins, with target and weights.
///
/// It copies what it needs, never changes after `init`, and may be shared between tasks.
package final class LightGBMDataset: Sendable {
    /// The features' names, in order.
    package let names: [String]
    /// How many rows there are.
    package let rowCount: Int
    let handle: LightGBMHandle
    /// Whose bins this one shares; LightGBM points into it.
    private let reference: LightGBMDataset?

    /// Sorts a table into bins.
    ///
    /// - Parameters:
    ///   - features: `[rows, features]`; `nan` means missing. Names must differ, without white space and `",:[]{}`.
    ///   - target: one finite number a row, kept in single precision.
    ///   - weights: one finite number a row, not negative; `nil` weighs all rows alike.
    ///   - initialScores: where boosting starts, one raw score a row (for several classes: class after class).
    ///   - categorical: positions of features whose values are categories: whole numbers from 0; `nan` and negative
    ///     ones mean missing.
    ///   - parameters: LightGBM's own, the same as the booster will get: those about bins take effect here.
    ///   - reference: the training data whose bins a validation set must share.
    /// - Throws: `invalidInput` where these do not fit, `engine` where LightGBM refuses, `unavailable` without it.
    package init(
        features: Matrix, target: [Double], weights: [Double]? = nil, initialScores: [Double]? = nil,
        categorical: [Int] = [], parameters: [String: String], reference: LightGBMDataset? = nil
    ) throws {
        try Self.check(features, reference: reference)
        try Self.check("target", target, rows: features.rowCount) { Float($0).isFinite }
        try weights.map { try Self.check("weights", $0, rows: features.rowCount) { Float($0).isFinite && $0 >= 0 } }
        try initialScores.map(Self.check(initialScores: features.rowCount))
        let library = try LightGBMLibrary.shared()
        var given = parameters
        given["categorical_feature"] = try Self.positions(categorical, in: features, parameters, library)
        let known = try LightGBMParameters(given, knownNames: library.parameterNames)
        handle = try Self.make(features, known, reference, library)
        names = features.names
        rowCount = features.rowCount
        self.reference = reference
        try setNames(known, library)
        try set("label", target.map(Float.init), MARTLET_LIGHTGBM_FLOAT32, known, library)
        try weights.map { try set("weight", $0.map(Float.init), MARTLET_LIGHTGBM_FLOAT32, known, library) }
        try initialScores.map { try set("init_score", $0, MARTLET_LIGHTGBM_FLOAT64, known, library) }
    }

    // MARK: Checks

    private static func check(_ features: Matrix, reference: LightGBMDataset?) throws {
        guard features.rowCount > 0, features.rowCount <= Int(Int32.max), features.columnCount <= Int(Int32.max) else {
            throw MartletError(
                .invalidInput,
                "LightGBM data: expected 1 to \(Int32.max) rows and at least one column, "
                    + "found \(features.rowCount) rows and \(features.columnCount) columns"
            )
        }
        if let reference, reference.names != features.names {
            throw MartletError(
                .invalidInput,
                "LightGBM data: expected the columns of the reference, \(reference.names.joined(separator: ", ")), "
                    + "found \(features.names.joined(separator: ", "))"
            )
        }
        var seen: Set<String> = []
        for name in features.names {
            guard !name.isEmpty, !name.contains(where: isForbidden) else {
                throw MartletError(
                    .invalidInput,
                    "feature '\(name)': LightGBM allows no empty name, no white space and none of "
                        + "\" , : [ ] { }; rename it"
                )
            }
            guard seen.insert(name).inserted else {
                throw MartletError(.invalidInput, "feature '\(name)' appears twice; rename one")
            }
        }
    }

    private static func isForbidden(_ character: Character) -> Bool {
        character.isWhitespace
            || character.unicodeScalars.contains { $0.value < 0x20 || "\",:[]{}".unicodeScalars.contains($0) }
    }

    private static func check(
        _ what: String, _ values: [Double], rows: Int, _ isAllowed: (Double) -> Bool
    ) throws {
        guard values.count == rows else {
            throw MartletError(
                .invalidInput, "LightGBM data: expected \(rows) values of \(what), found \(values.count)"
            )
        }
        if let row = values.firstIndex(where: { !isAllowed($0) }) {
            throw MartletError(
                .invalidInput,
                "LightGBM data: expected finite values of \(what)\(what == "weights" ? ", none negative" : ""), "
                    + "found '\(values[row])' in row \(row + 1); drop such rows"
            )
        }
    }

    private static func check(initialScores rows: Int) -> ([Double]) throws -> Void {
        { scores in
            guard !scores.isEmpty, scores.count % rows == 0, scores.count <= Int(Int32.max),
                scores.allSatisfy(\.isFinite)
            else {
                throw MartletError(
                    .invalidInput,
                    "LightGBM data: expected \(rows) finite initial scores for each class, found \(scores.count) scores"
                        + "\(scores.allSatisfy(\.isFinite) ? "" : ", not all finite")"
                )
            }
        }
    }

    private static func positions(
        _ categorical: [Int], in features: Matrix, _ parameters: [String: String], _ library: LightGBMLibrary
    ) throws -> String? {
        let named = parameters.keys.first { library.parameterNames[$0] == "categorical_feature" }
        if let named {
            throw MartletError(
                .invalidInput, "LightGBM parameter '\(named)': pass positions as the data's categorical columns instead"
            )
        }
        if let wrong = categorical.first(where: { !features.names.indices.contains($0) }) {
            throw MartletError(
                .invalidInput,
                "LightGBM data: expected categorical positions in 0..<\(features.columnCount), found \(wrong)"
            )
        }
        guard !categorical.isEmpty else { return nil }
        return Set(categorical).sorted().map(String.init).joined(separator: ",")
    }

    // MARK: Calls

    private static func make(
        _ features: Matrix, _ parameters: LightGBMParameters, _ reference: LightGBMDataset?, _ library: LightGBMLibrary
    ) throws -> LightGBMHandle {
        var made: martlet_lightgbm_handle?
        try features.elements.withUnsafeBytes { bytes in
            try library.call(threads: parameters.threads, to: "read \(features.rowCount) rows") { functions in
                guard let start = bytes.baseAddress else { return -1 }
                return functions.LGBM_DatasetCreateFromMat(
                    start, Int32(MARTLET_LIGHTGBM_FLOAT64.rawValue), Int32(features.rowCount),
                    Int32(features.columnCount), 1, parameters.text, reference?.handle.pointer, &made
                )
            }
        }
        guard let made else { throw MartletError(.engine, "LightGBM made no data set") }
        return LightGBMHandle(made, free: library.functions.LGBM_DatasetFree)
    }

    private func setNames(_ parameters: LightGBMParameters, _ library: LightGBMLibrary) throws {
        let texts = names.map { Array($0.utf8CString) }
        let offsets = texts.reduce(into: [0]) { offsets, text in offsets.append((offsets.last ?? 0) + text.count) }
        try Array(texts.joined()).withUnsafeBufferPointer { bytes in
            var pointers = offsets.dropLast().map { offset in bytes.baseAddress.map { $0 + offset } }
            try library.call(threads: parameters.threads, to: "name the features") { functions in
                functions.LGBM_DatasetSetFeatureNames(handle.pointer, &pointers, Int32(pointers.count))
            }
        }
    }

    private func set<Element>(
        _ field: String, _ values: [Element], _ type: martlet_lightgbm_constant, _ parameters: LightGBMParameters,
        _ library: LightGBMLibrary
    ) throws {
        try values.withUnsafeBytes { bytes in
            try library.call(threads: parameters.threads, to: "take the field '\(field)'") { functions in
                guard let start = bytes.baseAddress else { return -1 }
                return functions.LGBM_DatasetSetField(
                    handle.pointer, field, start, Int32(values.count), Int32(type.rawValue)
                )
            }
        }
    }
}
