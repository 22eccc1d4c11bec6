import Foundation
import MartletCore

/// What a model's file says about itself without being loaded.
struct NeuralModelFile {
    /// Operators that only quantized models have: of ONNX, and of OpenVINO's own format.
    private static let quantizedOperators = ["DequantizeLinear", "QLinearMatMul", "QLinearConv", "FakeQuantize"]
    private static let chunkBytes = 1 << 20

    let path: String

    /// The file of a model in a precision: that of 8 bits is the one named `…-int8` beside it.
    /// - Throws: `notFound` with the names that were looked for.
    static func variant(of path: String, _ precision: NeuralConfiguration.Precision) throws -> String {
        guard precision == .int8 else { return path }
        let stem = "\((path as NSString).deletingPathExtension)-int8"
        let candidates = ["\(stem).onnx", "\(stem).xml"]
        guard let found = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
            throw MartletError(
                .notFound, "expected '\(candidates[0])' or '\(candidates[1])', found neither; quantize the model into one of them")
        }
        return found
    }

    /// Refuses a quantized file for any precision but `int8`, and any other file for that.
    func check(_ precision: NeuralConfiguration.Precision) throws {
        let isQuantized = try isQuantized()
        guard isQuantized == (precision == .int8) else {
            throw MartletError(
                .invalidInput,
                isQuantized
                    ? "model '\(path)' is quantized, which precision \(precision.rawValue) does not allow; choose int8"
                    : "model '\(path)' has no quantized operator; precision int8 needs a quantized file, or choose f32 or bf16"
            )
        }
    }

    /// Whether it names an operator of quantized models.
    private func isQuantized() throws -> Bool {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }  // it was only read
        let ranges = ONNXPorts.rangesOutsideWeights(path: path) ?? [0..<Int.max]
        return try ranges.contains { try Self.namesQuantizedOperator(file, in: $0) }
    }

    private static func namesQuantizedOperator(_ file: FileHandle, in range: Range<Int>) throws -> Bool {
        let names = quantizedOperators.map { Data($0.utf8) }
        let overlap = (names.map(\.count).max() ?? 1) - 1
        var (window, rest) = (Data(), range.count)
        try file.seek(toOffset: UInt64(range.lowerBound))
        while rest > 0, let chunk = try file.read(upToCount: min(chunkBytes, rest)), !chunk.isEmpty {
            rest -= chunk.count
            window = window.suffix(overlap) + chunk
            if names.contains(where: { window.range(of: $0) != nil }) { return true }
        }
        return false
    }
}
