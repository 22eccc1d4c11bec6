import MartletCore

/// LightGBM's own predictions through its C interface, one thread a call; rows by themselves take its way for single rows.
final class LightGBMScorer: Scorer, @unchecked Sendable {  // the handles are constant; LightGBM guards its predictions by itself
    /// What LightGBM is asked for, by its numbers.
    enum Kind: Int32 { case prediction = 0, raw, leaves }

    private static let parameters = "num_threads=1"

    let side = "lightgbm"
    let instructions: String? = nil
    private let library: LightGBMLibraryFile
    private let booster: LightGBMLibraryFile.Handle
    private let rowHandles: [LightGBMLibraryFile.Handle]
    private let featureCount: Int

    init(_ library: LightGBMLibraryFile, model: String, featureCount: Int) throws {
        self.library = library
        self.featureCount = featureCount
        let booster = try library.booster(model)
        self.booster = booster
        rowHandles = try Precision.allCases.map { precision in
            var handle: LightGBMLibraryFile.Handle?
            let status = library.prepareRow(
                booster, Kind.prediction.rawValue, 0, -1, precision.lightGBMType, Int32(featureCount), Self.parameters, &handle)
            guard status == 0, let handle else { throw MartletError(.engine, "LightGBM does not prepare its prediction of single rows") }
            return handle
        }
    }

    deinit {
        rowHandles.forEach { _ = library.freeRow($0) }
        _ = library.free(booster)
    }

    func predict(_ rows: UnsafeBufferPointer<Float>, count: Int, into: UnsafeMutableBufferPointer<Double>) {
        predict(UnsafeRawPointer(rows.baseAddress), .single, count, .prediction, into)
    }

    func predict(_ rows: UnsafeBufferPointer<Double>, count: Int, into: UnsafeMutableBufferPointer<Double>) {
        predict(UnsafeRawPointer(rows.baseAddress), .double, count, .prediction, into)
    }

    /// Raw scores, or each tree's leaf.
    func answers(_ rows: UnsafeRawPointer, _ precision: Precision, count: Int, width: Int, _ kind: Kind) -> [Double] {
        [Double](unsafeUninitializedCapacity: count * width) { output, initialized in
            predict(rows, precision, count, kind, output)
            initialized = count * width
        }
    }

    private func predict(
        _ rows: UnsafeRawPointer?, _ precision: Precision, _ count: Int, _ kind: Kind, _ output: UnsafeMutableBufferPointer<Double>
    ) {
        guard let rows, let into = output.baseAddress else { return }
        var length: Int64 = 0
        let status =
            if count == 1, kind == .prediction {
                library.predictRow(rowHandles[precision == .single ? 0 : 1], rows, &length, into)
            } else {
                library.predict(
                    booster, rows, precision.lightGBMType, Int32(count), Int32(featureCount), 1, kind.rawValue, 0, -1, Self.parameters,
                    &length, into)
            }
        precondition(status == 0, "LightGBM does not predict rows that it should")
    }
}

extension Precision {
    /// C_API_DTYPE_FLOAT32, C_API_DTYPE_FLOAT64.
    fileprivate var lightGBMType: Int32 { self == .single ? 0 : 1 }
}
