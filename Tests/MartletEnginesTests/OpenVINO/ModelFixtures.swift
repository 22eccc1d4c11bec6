import Foundation
import MartletCore

/// The models beside the tests, which `make-models.py` writes.
enum ModelFixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func path(_ file: String) -> String { folder.appending(path: file).path }

    static func floats(_ name: String, _ shape: [Int], _ elements: [Float]) -> Tensor {
        Tensor(name: name, shape: shape, elements: .float32(elements))
    }

    /// Numbers from -1 to 1, equal for equal seeds.
    static func noise(_ name: String, _ shape: [Int], seed: UInt64) -> Tensor {
        var random = SplitMix64(seed: seed)
        let count = shape.reduce(1, *)
        return floats(name, shape, (0..<count).map { _ in Float.random(in: -1...1, using: &random) })
    }
}
