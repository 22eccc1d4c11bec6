import Foundation
import MartletCore

/// Rows to score, in both precisions: the floats are the doubles, rounded.
struct BenchmarkRows: Sendable {
    let doubles: [Double]
    let floats: [Float]
    let count: Int
    let featureCount: Int

    /// Reads doubles, row by row. - Throws: `invalidInput` where the file is not whole rows.
    init(path: String, featureCount: Int) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        let size = featureCount * MemoryLayout<Double>.size
        guard size > 0, !data.isEmpty, data.count % size == 0 else {
            throw MartletError(
                .invalidInput,
                "'\(path)': expected rows of \(featureCount) doubles, found \(data.count) bytes; write it anew for this model")
        }
        doubles = data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
        floats = doubles.map { Float($0) }
        count = data.count / size
        self.featureCount = featureCount
    }
}

/// How wide the numbers are that a scorer is given.
enum Precision: String, Encodable, CaseIterable {
    case single = "f32"
    case double = "f64"
}
