import Foundation
import MartletCore
import Testing

@testable import MartletInference

@Suite struct SentenceEmbedderTests {
    /// The small embedder beside the tests, whose state for token n is (n, n², 1), in a folder of its own with settings added.
    private func withEmbedder(_ settings: [String: String], _ body: (SentenceEmbedder) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(at: NeuralFixtures.folder.appending(path: "sentences"), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }  // it is a temporary folder
        for (file, text) in settings {
            let path = folder.appending(path: file)
            try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: path)
        }
        var configuration = NeuralConfiguration()
        configuration.warmUpLength = 4
        try body(try SentenceEmbedder(folder: folder.path, configuration: configuration))
    }

    private func texts(_ texts: [String]) -> Tensor {
        Tensor(name: "text", shape: [texts.count], elements: .bytes(texts.map { Array($0.utf8) }))
    }

    private let plain = #"[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Pooling"}]"#

    @Test func `the vector is the mean of the states of a text's own tokens, in the order of the texts`() throws {
        try withEmbedder(["modules.json": plain]) { embedder in
            let vectors = try embedder.embeddings(of: ["a b", "", "cd"])
            // [CLS] a b [SEP] = 2 5 6 3; [CLS] [SEP] = 2 3; [CLS] c ##d [SEP] = 2 7 8 3
            #expect(vectors == [4, 18.5, 1, 2.5, 6.5, 1, 5, 31.5, 1])
        }
    }

    @Test func `pooling may take the first token, and vectors have length one unless the folder says otherwise`() throws {
        let first = #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#
        try withEmbedder(["modules.json": plain, "1_Pooling/config.json": first]) { embedder in
            let vectors = try embedder.embeddings(of: ["a"])
            #expect(vectors == [2, 4, 1])
        }
        try withEmbedder([:]) { embedder in
            let vectors = try embedder.embeddings(of: ["a"])
            #expect(abs(vectors.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6 && vectors.count == 3)
        }
    }

    @Test func `a text is cut to the folder's length`() throws {
        try withEmbedder(["modules.json": plain]) { embedder in
            let vectors = try embedder.embeddings(of: ["a a a a a", "a a a a a b c"])
            #expect(embedder.lengthMax == 7 && vectors[..<3] == vectors[3...])
        }
    }

    @Test func `as a tensor model it takes text and gives one row for each`() throws {
        try withEmbedder([:]) { embedder in
            #expect(embedder.signature.inputs == [.init(name: "text", datatype: .bytes, shape: [-1])])
            #expect(embedder.signature.outputs == [.init(name: "embedding", datatype: .float32, shape: [-1, 3])])
            #expect(embedder.signature.hasIndependentRows)
            let answer = try embedder.predict([texts(["a", "b"])])
            let vectors = try embedder.embeddings(of: ["a", "b"])
            #expect(answer == [Tensor(name: "embedding", shape: [2, 3], elements: .float32(vectors))])
            let nothing = try embedder.predict([texts([])])
            #expect(nothing == [Tensor(name: "embedding", shape: [0, 3], elements: .float32([]))])
        }
    }

    @Test func `text that is not UTF-8, and tensors that are no text, are refused`() throws {
        try withEmbedder([:]) { embedder in
            let broken = Tensor(name: "text", shape: [2], elements: .bytes([[0x61], [0x61, 0xFF]]))
            let error = try #require(throws: MartletError.self) { try embedder.predict([broken]) }
            #expect(error.code == .invalidInput && error.message == "input 'text': row 1 is not UTF-8; send text in UTF-8")
            let number = Tensor(name: "text", shape: [1], elements: .int64([1]))
            let other = try #require(throws: MartletError.self) { try embedder.predict([number]) }
            #expect(other.message == "inputs: expected 'text' BYTES [any], found 'text' INT64 [1]")
        }
    }

    @Test(arguments: [
        ("modules.json", #"[{"type": "sentence_transformers.models.Dense"}]"#, "module 'Dense' is not supported"),
        ("1_Pooling/config.json", #"{"pooling_mode": "max"}"#, "expected pooling by mean or cls"),
        ("tokenizer_config.json", #"{"do_lower_case": false}"#, "do_lower_case is false"),
        ("sentence_bert_config.json", #"{"max_seq_length": 9}"#, "do not fit together or are too large"),
        ("sentence_bert_config.json", #"{"max_seq_length": 1}"#, "expected 2 or more"),
        ("config.json", "{", "config.json"),
        ("vocab.txt", "a\nb\n", "has no '[PAD]'"),
    ])
    func `a setting that cannot be followed is refused`(file: String, text: String, reason: String) throws {
        let error = try #require(throws: MartletError.self) { try withEmbedder([file: text]) { _ in } }
        #expect(error.code == .invalidInput && error.description.contains(reason), "\(error)")
    }

    @Test func `a folder without the model of a precision is refused with the names it looked for`() throws {
        var configuration = NeuralConfiguration()
        configuration.precision = .int8
        let error = try #require(throws: MartletError.self) {
            try SentenceEmbedder(folder: NeuralFixtures.path("sentences"), configuration: configuration)
        }
        #expect(error.code == .notFound && error.message.contains("expected model-int8.onnx or model-int8.xml"))
    }

    @Test func `a model that is no encoder is refused with what it takes`() throws {
        let model = try NeuralModel(path: NeuralFixtures.path("dense.onnx"))
        let folder = try SentenceFolder(path: NeuralFixtures.path("sentences"))
        let error = try #require(throws: MartletError.self) { try SentenceEncoder(model, folder: folder) }
        #expect(error.code == .invalidInput && error.message.contains("found 'x' FP32 [-1, 32]"))
    }

    @Test func `batches hold every text once, in order, and few enough tokens`() {
        var random = SplitMix64(seed: 5)
        for count in [0, 1, 2, 40, 700] {
            let lengths = (0..<count).map { _ in 2 + random.index(below: 255) }.sorted()
            let batches = SentenceEmbedder.batches(lengths, lengthMax: 256)
            #expect(batches.flatMap { Array($0) } == Array(0..<count))
            for batch in batches {
                let tokens = batch.count * SentenceEmbedder.filled(lengths[batch.upperBound - 1], lengthMax: 256)
                #expect(batch.count == 1 || tokens <= SentenceEmbedder.batchTokenCountMax)
            }
        }
    }
}
