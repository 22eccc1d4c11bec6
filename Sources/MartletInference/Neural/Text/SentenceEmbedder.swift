package import MartletCore

/// Turns sentences into vectors whose cosine says how alike their meanings are.
///
/// Takes `text`, `BYTES [-1]` of UTF-8; gives `embedding`, `FP32 [-1, width]`. Texts are cut to `lengthMax` tokens. Those of a call
/// are run in batches of like length, so a vector does not depend on the texts beside it but for rounding (below 1e-6).
package final class SentenceEmbedder: TensorModel {
    /// The most tokens, with those that fill up, that go through the model at once.
    package static let batchTokenCountMax = 1024
    /// Lengths are filled up to a multiple of this, so that the engine prepares itself for fewer shapes.
    static let lengthStep = 4

    package let signature: TensorSignature
    /// How many numbers a vector has.
    package let width: Int
    /// How many tokens a text may have, with those at its start and end.
    package var lengthMax: Int { tokenizer.lengthMax }

    private let tokenizer: WordPieceTokenizer
    private let encoder: SentenceEncoder

    /// Loads a folder as the sentence-transformers library writes it: `vocab.txt` with `model.onnx` or `model.xml` (`model-int8.…` for
    /// int8), or with `onnx/model.onnx` or `openvino/openvino_model.xml`. Its files of settings may be missing: then pooling is the mean,
    /// vectors have length 1, and texts up to 512 tokens.
    /// - Throws: `notFound`, `unavailable`, `engine`; `invalidInput` where the model or a setting is none of a sentence embedder's.
    package init(folder path: String, configuration: NeuralConfiguration = NeuralConfiguration()) throws {
        let folder = try SentenceFolder(path: path)
        tokenizer = try WordPieceTokenizer(vocabularyPath: folder.vocabularyPath, lengthMax: folder.lengthMax)
        var configuration = configuration
        configuration.warmUpLength = min(configuration.warmUpLength, folder.lengthMax)
        let model = try NeuralModel(path: folder.modelPath(configuration.precision), configuration: configuration)
        encoder = try SentenceEncoder(model, folder: folder)
        width = encoder.width
        signature = TensorSignature(
            platform: "martlet_sentences", inputs: [.init(name: "text", datatype: .bytes, shape: [-1])],
            outputs: [.init(name: "embedding", datatype: .float32, shape: [-1, width])], hasIndependentRows: true
        )
    }

    package func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        guard inputs.count == 1, inputs[0].name == "text", inputs[0].shape.count == 1, case .bytes(let texts) = inputs[0].elements else {
            let found = inputs.map { "'\($0.name)' \($0.datatype.rawValue) \($0.shape)" }.joined(separator: ", ")
            throw MartletError(.invalidInput, "inputs: expected 'text' BYTES [any], found \(found.isEmpty ? "none" : found)")
        }
        let vectors = try embeddings(
            of: try texts.enumerated().map { row, bytes in
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw MartletError(.invalidInput, "input 'text': row \(row) is not UTF-8; send text in UTF-8")
                }
                return text
            })
        return [Tensor(name: "embedding", shape: [texts.count, width], elements: .float32(vectors))]
    }

    /// The vectors of some texts, one after the other, `width` numbers each.
    package func embeddings(of texts: [String]) throws -> [Float] {
        let numbers = texts.map(tokenizer.numbers(of:))
        var vectors = [Float](repeating: 0, count: texts.count * width)
        let order = numbers.indices.sorted { (numbers[$0].count, $0) < (numbers[$1].count, $1) }
        for batch in Self.batches(order.map { numbers[$0].count }, lengthMax: lengthMax) {
            let rows = order[batch]
            let made = try encoder.encode(rows.map { numbers[$0] }, padding: tokenizer.padding)
            for (place, row) in rows.enumerated() {
                vectors.replaceSubrange(row * width..<(row + 1) * width, with: made[place * width..<(place + 1) * width])
            }
        }
        return vectors
    }

    /// Cuts lengths in ascending order into runs that hold few enough tokens when each is filled up to its longest.
    static func batches(_ lengths: [Int], lengthMax: Int) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0
        for (place, length) in lengths.enumerated()
        where place > start && (place - start + 1) * filled(length, lengthMax: lengthMax) > batchTokenCountMax {
            batches.append(start..<place)
            start = place
        }
        return lengths.isEmpty ? [] : batches + [start..<lengths.count]
    }

    /// A length filled up to a multiple of `lengthStep`, at most `lengthMax`.
    static func filled(_ length: Int, lengthMax: Int) -> Int { min(lengthMax, (length + lengthStep - 1) / lengthStep * lengthStep) }
}
