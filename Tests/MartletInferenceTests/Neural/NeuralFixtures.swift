import Foundation
import MartletCore

/// What lies beside the tests, and the sentence embedder that `scripts/setup --tests` makes.
enum NeuralFixtures {
    /// A text and the reference's numbers for it.
    struct Tokens: Decodable {
        var text: String
        var ids: [Int32]
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    /// The sentence embedder's folder. - Throws: `notFound`, with the step that makes it.
    static func miniLM() throws -> String {
        let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = root.appending(path: ".deps/models/minilm").path
        guard FileManager.default.fileExists(atPath: "\(path)/model.onnx") else {
            throw MartletError(.notFound, "there is no sentence embedder in '\(path)'; run scripts/setup --tests")
        }
        return path
    }

    static func path(_ file: String) -> String { folder.appending(path: file).path }
    static func data(_ file: String) throws -> Data { try Data(contentsOf: folder.appending(path: file)) }
    static func text(_ file: String) throws -> String { String(decoding: try data(file), as: UTF8.self) }
}

extension NeuralFixtures {
    /// A tensor `x` of numbers from -1 to 1, equal for equal seeds.
    static func noise(_ shape: [Int], seed: UInt64) -> Tensor {
        var random = SplitMix64(seed: seed)
        let elements = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }
        return Tensor(name: "x", shape: shape, elements: .float32(elements))
    }
}
