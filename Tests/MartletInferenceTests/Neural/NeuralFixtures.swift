import Foundation
import MartletCore
import MartletEngines

/// What lies beside the tests, and whether that is installed which only `scripts/setup --neural` brings.
enum NeuralFixtures {
    /// A text and the reference's numbers for it.
    struct Tokens: Decodable {
        var text: String
        var ids: [Int32]
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    static let hasEngine = (try? NativeLibraries.path(of: "openvino/libopenvino_c.so")) != nil  // which is what is asked
    /// The sentence embedder's folder.
    static let miniLM = ProcessInfo.processInfo.environment["MARTLET_MINILM_DIR"]
        ?? URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/").dropFirst() + "/.deps/models/minilm"
    static let hasMiniLM = FileManager.default.fileExists(atPath: "\(miniLM)/model.onnx")

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
