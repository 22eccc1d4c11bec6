import MartletCore

/// The network of a sentence embedder with what follows it: pooling and normalizing.
struct SentenceEncoder: Sendable {
    /// Below this length a vector is left as it is.
    private static let lengthLeast: Float = 1e-12

    let width: Int
    private let model: NeuralModel
    private let output: Int
    private let pooling: SentenceFolder.Pooling
    private let isNormalized: Bool
    private let lengthMax: Int

    /// Takes a model. - Throws: `invalidInput` where it lacks the inputs or the output of an encoder.
    init(_ model: NeuralModel, folder: SentenceFolder) throws {
        (self.model, pooling, isNormalized, lengthMax) = (model, folder.pooling, folder.isNormalized, folder.lengthMax)
        let signature = model.signature
        let inputs = signature.inputs
        let known = inputs.allSatisfy { ["input_ids", "attention_mask", "token_type_ids"].contains($0.name) }
        let fits = inputs.allSatisfy { $0.datatype == .int64 && $0.shape == [-1, -1] }
        guard known, fits, inputs.contains(where: { $0.name == "input_ids" }) else {
            let found = inputs.map { "'\($0.name)' \($0.datatype.rawValue) \($0.shape)" }.joined(separator: ", ")
            throw MartletError(
                .invalidInput,
                "sentence embedder '\(folder.path)': expected inputs 'input_ids', 'attention_mask' and maybe 'token_type_ids' of INT64 [-1, -1], found \(found)"
            )
        }
        let place = signature.outputs.firstIndex { $0.datatype == .float32 && $0.shape.count == 3 && $0.shape[2] > 0 }
        guard let place else {
            let found = signature.outputs.map { "'\($0.name)' \($0.datatype.rawValue) \($0.shape)" }.joined(separator: ", ")
            throw MartletError(.invalidInput, "sentence embedder '\(folder.path)': expected an output FP32 [-1, -1, width], found \(found)")
        }
        (output, width) = (place, signature.outputs[place].shape[2])
        try model.check(shapes: inputs.map { _ in [1, folder.lengthMax] })
    }

    /// The vectors of some texts' tokens, one after the other.
    func encode(_ tokens: [[Int32]], padding: Int32) throws -> [Float] {
        let length = SentenceEmbedder.filled(tokens.map(\.count).max() ?? 0, lengthMax: lengthMax)
        let inputs = model.signature.inputs.map { entry in
            let elements = tokens.flatMap { row in Self.elements(entry.name, row, padding: padding, length: length) }
            return Tensor(name: entry.name, shape: [tokens.count, length], elements: .int64(elements))
        }
        let answer = try model.predict(inputs)[output]
        guard case .float32(let states) = answer.elements, answer.shape == [tokens.count, length, width] else {
            throw MartletError(.engine, "output '\(answer.name)': expected FP32 [\(tokens.count), \(length), \(width)], found \(answer.shape)")
        }
        return pooled(states, counts: tokens.map(\.count), length: length)
    }

    private static func elements(_ name: String, _ row: [Int32], padding: Int32, length: Int) -> [Int64] {
        let rest = length - row.count
        switch name {
        case "input_ids": return row.map(Int64.init) + .init(repeating: Int64(padding), count: rest)
        case "attention_mask": return .init(repeating: 1, count: row.count) + .init(repeating: 0, count: rest)
        default: return .init(repeating: 0, count: length)
        }
    }

    private func pooled(_ states: [Float], counts: [Int], length: Int) -> [Float] {
        var vectors = [Float](repeating: 0, count: counts.count * width)
        states.withUnsafeBufferPointer { states in
            vectors.withUnsafeMutableBufferPointer { vectors in
                for (row, count) in counts.enumerated() {
                    let vector = UnsafeMutableBufferPointer(rebasing: vectors[row * width..<(row + 1) * width])
                    for token in 0..<(pooling == .mean ? count : 1) {
                        let start = (row * length + token) * width
                        for place in 0..<width { vector[place] += states[start + place] }
                    }
                    let squares = vector.reduce(0) { $0 + $1 * $1 }
                    let divisor = isNormalized ? max(squares.squareRoot(), Self.lengthLeast) : Float(pooling == .mean ? count : 1)
                    for place in 0..<width { vector[place] /= divisor }
                }
            }
        }
        return vectors
    }
}
