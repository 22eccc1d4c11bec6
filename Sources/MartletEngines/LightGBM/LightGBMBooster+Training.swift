import CEngines.LightGBM
import MartletCore
import Synchronization

extension LightGBMBooster {
    /// How many iterations the model has; each grows one tree a class.
    package var iterationCount: Int {
        get throws {
            try training.withLock { _ in
                var count: Int32 = 0
                try library.call(threads: threads, to: "count the iterations") {
                    $0.LGBM_BoosterGetCurrentIteration(handle.pointer, &count)
                }
                return Int(count)
            }
        }
    }

    /// Adds data to evaluate on: the first is number 1. It must have the training data as its reference.
    package func addValidation(_ data: LightGBMDataset) throws {
        try withTraining { datasets in
            try library.call(threads: threads, to: "add validation data") {
                $0.LGBM_BoosterAddValidData(handle.pointer, data.handle.pointer)
            }
            datasets.append(data)
        }
    }

    /// Runs one iteration.
    ///
    /// - Returns: whether no tree of it has a split; without sampling, no later one will have either.
    package func update() throws -> Bool {
        try withTraining { _ in
            var isFinished: Int32 = 0
            try library.call(threads: threads, to: "train an iteration") {
                $0.LGBM_BoosterUpdateOneIter(handle.pointer, &isFinished)
            }
            return isFinished != 0
        }
    }

    /// Takes back the last iteration; without one, nothing happens.
    package func rollbackOneIteration() throws {
        try withTraining { _ in
            try library.call(threads: threads, to: "take back an iteration") {
                $0.LGBM_BoosterRollbackOneIter(handle.pointer)
            }
        }
    }

    /// The metrics' names, in the order of `evaluate`.
    package func evaluationNames() throws -> [String] {
        try withTraining { _ in
            try Self.names(library, threads: threads, to: "name the metrics") {
                $0.LGBM_BoosterGetEvalNames(handle.pointer, $1, $2, $3, $4, $5)
            }
        }
    }

    /// The metrics on a data set.
    ///
    /// - Parameter index: 0 for the training data, from 1 for validation data in the order in which they were added.
    /// - Throws: `invalidInput` where there is no such data.
    package func evaluate(dataset index: Int) throws -> [Double] {
        try withTraining { datasets in
            guard datasets.indices.contains(index) else {
                throw MartletError(
                    .invalidInput, "evaluation: expected a data set in 0..<\(datasets.count), found \(index)"
                )
            }
            return try evaluate(Int32(index))
        }
    }

    private func evaluate(_ index: Int32) throws -> [Double] {
        var count: Int32 = 0
        try library.call(threads: threads, to: "count the metrics") {
            $0.LGBM_BoosterGetEvalCounts(handle.pointer, &count)
        }
        var values = [Double](repeating: .nan, count: Int(count))
        try library.call(threads: threads, to: "evaluate") {
            $0.LGBM_BoosterGetEval(handle.pointer, index, &count, &values)
        }
        return values
    }

    /// Holds the training. A model that was read has none, and LightGBM would follow a null pointer.
    private func withTraining<Answer>(_ body: (inout [LightGBMDataset]) throws -> Answer) throws -> Answer {
        try training.withLock { datasets in
            guard !datasets.isEmpty else {
                throw MartletError(.invalidInput, "this model was read from its text; only one in training can do this")
            }
            return try body(&datasets)
        }
    }

    /// What fills names: functions, places, count, capacity of each, capacity that is needed, buffers.
    typealias FillNames = (
        martlet_lightgbm, Int32, UnsafeMutablePointer<Int32>, Int, UnsafeMutablePointer<Int>,
        UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> Int32

    /// Asks how many names there are and how long they get, then for the names.
    static func names(
        _ library: LightGBMLibrary, threads: Int, to action: String, _ fill: FillNames
    ) throws -> [String] {
        var count: Int32 = 0
        var capacity = 0
        var places: [UnsafeMutablePointer<CChar>?] = [nil]
        try library.call(threads: threads, to: action) { fill($0, 0, &count, 0, &capacity, &places) }
        let total = Int(count)
        let size = max(1, capacity)
        var bytes = [CChar](repeating: 0, count: max(1, total * size))
        return try bytes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, total > 0 else { return [] }
            var places: [UnsafeMutablePointer<CChar>?] = (0..<total).map { start + $0 * size }
            try library.call(threads: threads, to: action) {
                fill($0, Int32(total), &count, size, &capacity, &places)
            }
            return (0..<total).map { String(cString: start + $0 * size) }
        }
    }
}
