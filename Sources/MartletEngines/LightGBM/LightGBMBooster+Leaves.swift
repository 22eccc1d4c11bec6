import CEngines.LightGBM
package import MartletCore

extension LightGBMBooster {
    /// The leaf in which each row ends, tree by tree.
    ///
    /// - Parameters:
    ///   - rows: `[rows, featureCount]`; `nan` means missing.
    ///   - threads: how many threads to use. Calls with another number wait for each other.
    /// - Returns: `[rows, trees]`, row by row; leaves count from 0.
    /// - Throws: `invalidInput` for a wrong number of columns.
    package func leaves(_ rows: Matrix, threads: Int = 1) throws -> [Int] {
        guard rows.columnCount == featureCount, rows.rowCount <= Int(Int32.max) else {
            throw MartletError(
                .invalidInput,
                "leaves: expected \(featureCount) columns and at most \(Int32.max) rows, "
                    + "found \(rows.columnCount) columns and \(rows.rowCount) rows"
            )
        }
        let threads = max(1, threads)
        let rowCount = Int32(rows.rowCount)
        let kind = Int32(MARTLET_LIGHTGBM_PREDICT_LEAF_INDEX.rawValue)
        var values = [Double](repeating: .nan, count: rows.rowCount * (try iterationCount) * classCount)
        guard !values.isEmpty else { return [] }
        var count = Int64(0)
        try library.call(threads: threads, to: "find the leaves of \(rowCount) rows") { functions in
            let status = functions.LGBM_BoosterCalcNumPredict(handle.pointer, rowCount, kind, 0, -1, &count)
            guard status == 0, count == Int64(values.count) else { return status }
            return functions.LGBM_BoosterPredictForMat(
                handle.pointer, rows.elements, Int32(MARTLET_LIGHTGBM_FLOAT64.rawValue), rowCount, Int32(rows.columnCount), 1,
                kind, 0, -1, "num_threads=\(threads) verbosity=-1", &count, &values
            )
        }
        guard count == Int64(values.count) else {
            throw MartletError(.engine, "LightGBM finds \(count) leaves, expected \(values.count)")
        }
        return values.map { Int($0) }
    }
}
