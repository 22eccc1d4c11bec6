import Foundation
import MartletCore
import MartletInference
import Testing

@Suite struct ModelLoaderTests {
    private static let irFolder = NeuralFixtures.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "MartletEnginesTests/OpenVINO/Fixtures")

    /// A folder of copies and texts, by their names in it.
    private func withFolder<Result>(
        _ copies: [String: String] = [:], texts: [String: String] = [:], _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // it is a temporary folder
        for (name, source) in copies { try FileManager.default.copyItem(atPath: source, toPath: folder.appending(path: name).path) }
        for (name, text) in texts { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return try body(folder.path)
    }

    private func load(_ path: String) throws -> ServedModel {
        var configuration = ModelLoader.Configuration()
        configuration.neuralMeasuringSeconds = 0.02
        // However busy the machine is.
        configuration.objectiveSeconds = 60
        return try ModelLoader(configuration).load("m", version: 1, path: path)
    }

    private func refusal(_ path: String) throws -> MartletError { try #require(throws: MartletError.self) { try load(path) } }

    private static let dense = NeuralFixtures.path("dense.onnx")

    // MARK: Formats

    @Test func `an ONNX file, OpenVINO's own format and a sentence embedder's folder become models`() throws {
        #expect(try load(Self.dense).summary == "openvino, f32, 1 thread")
        let model = try load(Self.irFolder.appending(path: "affine.xml").path)
        let x = Tensor(name: "x", shape: [1, 4], elements: .float32([0, 0, 0, 1]))
        #expect(try model.model.predict([x]).first == Tensor(name: "y", shape: [1, 3], elements: .float32([5, 7, 9])))
        try withFolder(["s": NeuralFixtures.path("sentences")], texts: ["s.yaml": "precision: int8"]) { folder in
            try Data("warm_up_length: 4".utf8).write(to: URL(filePath: "\(folder)/s/model.yaml"))
            let embedder = try load("\(folder)/s")
            #expect(embedder.summary == "martlet_sentences, f32, 1 thread")
            #expect(embedder.signature.inputs == [.init(name: "text", datatype: .bytes, shape: [-1])])
        }
    }

    @Test func `a folder's model is found by its usual name, or because there is no other`() throws {
        let (xml, bin) = (Self.irFolder.appending(path: "affine.xml").path, Self.irFolder.appending(path: "affine.bin").path)
        for copies in [["model.onnx": Self.dense, "notes.md": Self.dense], ["net.onnx": Self.dense], ["net.xml": xml, "net.bin": bin]] {
            let platform = try withFolder(copies) { try load($0).signature.platform }
            #expect(platform == "openvino", "\(copies.keys)")
        }
        let error = try withFolder(["a.onnx": Self.dense, "b.onnx": Self.dense]) { try refusal($0) }
        #expect(error.code == .notFound && error.message.contains("model.onnx, model.xml in '") && error.message.hasSuffix("found 2 files"))
    }

    @Test func `a sentence embedder may lie as its library writes it`() throws {
        try withFolder(["vocab.txt": NeuralFixtures.path("sentences/vocab.txt")], texts: ["model.yaml": "warm_up_length: 4"]) { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/onnx", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: NeuralFixtures.path("sentences/model.onnx"), toPath: "\(folder)/onnx/model.onnx")
            try Data(#"{"max_seq_length": 7}"#.utf8).write(to: URL(filePath: "\(folder)/sentence_bert_config.json"))
            #expect(try load(folder).signature.platform == "martlet_sentences")
        }
    }

    @Test func `a broken file is refused with what is wrong`() throws {
        let whole = try Data(contentsOf: URL(filePath: Self.dense))
        let cases: [(name: String, bytes: Data, reason: String)] = [
            ("a.onnx", whole.prefix(whole.count / 2), "could not read model"), ("a.onnx", Data(), "could not read model"),
            ("a.onnx", Data("tree\n".utf8), "could not read model"), ("a.xml", Data("<net>".utf8), "could not read model"),
            ("a.bin", whole, "name it .onnx"),
        ]
        for (name, bytes, reason) in cases {
            let error = try withFolder { folder in
                try bytes.write(to: URL(filePath: "\(folder)/\(name)"))
                return try refusal("\(folder)/\(name)")
            }
            #expect([.engine, .invalidInput].contains(error.code) && error.message.contains(reason), "\(error)")
        }
        let error = try withFolder(["net.xml": Self.irFolder.appending(path: "affine.xml").path]) { try refusal("\($0)/net.xml") }
        #expect(error.message.contains("net.xml"), "its numbers are missing: \(error)")
    }

    // MARK: Settings

    @Test func `settings choose the file, the threads and the batches`() throws {
        let settings = """
            precision: int8
            threads: 2
            streams: 2
            batch_max: 3
            p99_ms: 200
            warm_up: [1, 3]
            cache: compiled
            """
        let copies = ["model.onnx": Self.dense, "model-int8.onnx": NeuralFixtures.path("dense-int8.onnx")]
        try withFolder(copies, texts: ["model.yaml": settings]) { folder in
            let model = try load(folder)
            #expect(model.summary == "openvino, int8, 2 threads, 2 streams" && model.rowCountMax == 3)
            let cached = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/compiled")
            #expect(!cached.isEmpty)
        }
    }

    @Test func `settings of a file that is named by itself stand beside it`() throws {
        try withFolder(["net.onnx": Self.dense], texts: ["net.yaml": "threads: 2", "model.yaml": "threads: 3"]) { folder in
            let model = try load("\(folder)/net.onnx")
            #expect(model.summary == "openvino, f32, 2 threads")
        }
    }

    @Test(arguments: [
        ("precison: bf16", "model.yaml:1:1: precison: expected one of batch_max, p99_ms, precision,"),
        ("precison: bf16", "did you mean 'precision'?"),
        ("threads: 0", "threads: expected 1 to 1024, found '0'"), ("streams: 2", "streams: expected 1 to 1, found '2'"),
        ("threads: many", "expected a whole number, found 'many'"), ("precision: fp16", "expected one of f32, bf16, int8, found 'fp16'"),
        ("p99_ms: 0", "expected 0.1 to 60000 milliseconds"), ("warm_up: [1, -2]", "warm_up.1: expected 1 to 65536, found '-2'"),
        ("batch_max: 99999999999", "batch_max: expected 1 to"), ("[]", "expected a mapping"), ("a: [", "expected YAML"),
        ("precision: int8", "has no quantized operator"),
    ])
    func `a fault in the settings is named with its place`(text: String, fault: String) throws {
        let error = try withFolder(["model.onnx": Self.dense], texts: ["model.yaml": text]) { try refusal($0) }
        #expect(error.code == .invalidInput && error.message.contains(fault), "\(error)")
    }

    @Test func `what only neural nets have is refused for a forest`() throws {
        let error = try withFolder(texts: ["model.txt": "tree", "model.yaml": "threads: 2"]) { try refusal($0) }
        #expect(error.message.contains("threads: expected one of batch_max, p99_ms, found the key 'threads'"), "\(error)")
    }

    @Test func `a file of settings that is too large is not read`() throws {
        let text = "# " + String(repeating: "x", count: 1 << 16)
        let error = try withFolder(["model.onnx": Self.dense], texts: ["model.yaml": text]) { try refusal($0) }
        #expect(error.code == .invalidInput && error.message.contains("expected at most 65536 bytes"))
    }

    @Test func `without a warm-up a model is loaded and not run`() throws {
        let copies = ["net.onnx": NeuralFixtures.path("sentences/model.onnx")]
        let error = try withFolder(copies, texts: ["net.yaml": "warm_up_length: 30"]) { try refusal("\($0)/net.onnx") }
        #expect(error.message.contains("warm_up_length in model.yaml"), "its 8 positions are too few: \(error)")
        try withFolder(copies, texts: ["net.yaml": "warm_up: []\nwarm_up_length: 30"]) { _ = try load("\($0)/net.onnx") }
    }

    // MARK: Serving

    @Test func `rows that depend on one another are run one request after the other, of any size`() async throws {
        let model = try load(NeuralFixtures.path("fixed.onnx"))
        #expect(!model.signature.hasIndependentRows)
        @Sendable func pair(_ name: String, _ value: Float) -> Tensor {
            Tensor(name: name, shape: [2, 2], elements: .float32([value, 2, 3, 4]))
        }
        let answers = try await withThrowingTaskGroup(of: (Int, [Tensor]).self) { group in
            for number in 0..<20 { group.addTask { (number, try await model.predict([pair("a", Float(number)), pair("b", 1)])) } }
            return try await group.reduce(into: [Int: [Tensor]]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<20 {
            #expect(answers[number] == [Tensor(name: "y", shape: [2, 2], elements: .float32([Float(number) + 1, 4, 6, 8]))])
        }
    }

    @Test func `texts of different length in one batch get the vectors that they get alone`() async throws {
        var configuration = ModelLoader.Configuration()
        configuration.objectiveSeconds = 60  // none is refused for coming late
        let model = try ModelLoader(configuration).load("minilm", version: 1, path: NeuralFixtures.miniLM())
        @Sendable func text(_ text: String) -> [Tensor] { [Tensor(name: "text", shape: [1], elements: .bytes([Array(text.utf8)]))] }
        let texts = ["", "a", "orange juice", String(repeating: "a long text ", count: 40), "Größe 😀"]
        let alone = try texts.map { try model.model.predict(text($0)) }
        let together = try await withThrowingTaskGroup(of: (Int, [Tensor]).self) { group in
            for number in 0..<20 { group.addTask { (number, try await model.predict(text(texts[number % 5]), timeout: .seconds(60))) } }
            return try await group.reduce(into: [Int: [Tensor]]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<20 {
            guard case .float32(let expected) = alone[number % 5][0].elements, case .float32(let found)? = together[number]?[0].elements
            else {
                Issue.record("text \(number): expected FP32, found \(together[number].debugDescription)")
                continue
            }
            #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-5 }, "text \(number)")
        }
    }
}
