import Foundation
import MartletCore
import MartletInference
import Testing

/// all-MiniLM-L6-v2 beside its reference, sentence-transformers.
@Suite struct MiniLMTests {
    private struct Sentence: Decodable {
        var text: String
        var ids: [Int32]
        /// In millionths.
        var vector: [Int]
    }

    private func sentences() throws -> [Sentence] {
        try JSONDecoder().decode([Sentence].self, from: NeuralFixtures.data("sentences.json"))
    }

    private func embedder(_ precision: NeuralConfiguration.Precision = .float32) throws -> SentenceEmbedder {
        var configuration = NeuralConfiguration()
        configuration.precision = precision
        return try SentenceEmbedder(folder: NeuralFixtures.miniLM(), configuration: configuration)
    }

    private func expectClose(_ vectors: [Float], to sentences: [Sentence]) {
        for (row, sentence) in sentences.enumerated() {
            let found = vectors[row * 384..<(row + 1) * 384].map(Double.init)
            let expected = sentence.vector.map { Double($0) * 1e-6 }
            let squares = [found, expected].map { $0.reduce(0) { $0 + $1 * $1 } }
            let cosine = zip(found, expected).reduce(0) { $0 + $1.0 * $1.1 } / (squares[0] * squares[1]).squareRoot()
            let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? 1
            #expect(cosine > 0.99999 && difference < 1e-5, "'\(sentence.text.prefix(60))': cosine \(cosine), difference \(difference)")
        }
    }

    @Test func `vectors are the reference's, alone and in batches`() throws {
        let (sentences, embedder) = (try sentences(), try embedder())
        #expect(sentences.count == 41 && embedder.width == 384 && embedder.lengthMax == 256)
        expectClose(try embedder.embeddings(of: sentences.map(\.text)), to: sentences)
        expectClose(try sentences.flatMap { try embedder.embeddings(of: [$0.text]) }, to: sentences)
    }

    @Test func `token numbers are the reference's`() throws {
        let folder = try NeuralFixtures.miniLM()
        let tokenizer = try WordPieceTokenizer(vocabularyPath: "\(folder)/vocab.txt", lengthMax: 256)
        for sentence in try sentences() { #expect(tokenizer.numbers(of: sentence.text) == sentence.ids, "\(sentence.text.prefix(60))") }
    }

    @Test func `int8 is close to f32 and not the same`() throws {
        let texts = try sentences().map { Array($0.text.utf8) }
        let sample = Tensor(name: "text", shape: [texts.count], elements: .bytes(texts))
        let report = try PrecisionReport(reference: try embedder(), variant: try embedder(.int8), samples: [[sample]])
        #expect(report.outputs[0].cosineMin > 0.99 && report.outputs[0].differenceMax > 1e-4, "\(report)")
    }

    @Test func `bf16 is close to f32 and not the same, where the processor has it`() throws {
        let texts = try sentences().map(\.text)
        let sample = Tensor(name: "text", shape: [texts.count], elements: .bytes(texts.map { Array($0.utf8) }))
        do {
            let report = try PrecisionReport(reference: try embedder(), variant: try embedder(.bfloat16), samples: [[sample]])
            #expect(report.outputs[0].cosineMin > 0.999 && report.outputs[0].differenceMax > 1e-5, "\(report)")
        } catch let error as MartletError {
            #expect(error.code == .unavailable && error.message.contains("where bf16 is asked for"), "\(error)")
        }
    }
}
