import Foundation
import MartletCore
import Testing

@testable import MartletInference

@Suite struct ONNXPortsTests {
    private func ports(_ bytes: Data) throws -> ONNXPorts? {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // it is a temporary file
        return ONNXPorts(path: file.path)
    }

    @Test func `inputs and outputs have the file's names, whatever else their tensors are called`() {
        let ports = ONNXPorts(path: NeuralFixtures.path("dense.onnx"))
        #expect(ports?.inputs == ["x"] && ports?.outputs == ["y"])
        let sentences = ONNXPorts(path: NeuralFixtures.path("sentences/model.onnx"))
        #expect(sentences?.inputs == ["input_ids", "attention_mask", "token_type_ids"] && sentences?.outputs == ["last_hidden_state"])
    }

    @Test func `constants that are listed among the inputs are none`() throws {
        // A graph (7) with an initializer (5) named w (8) and inputs (11) named w and x (1).
        let initializer: [UInt8] = [0x2A, 3, 0x42, 1, 0x77]
        let inputs: [UInt8] = [0x5A, 3, 0x0A, 1, 0x77, 0x5A, 3, 0x0A, 1, 0x78]
        let graph = inputs + initializer
        #expect(try ports(Data([0x3A, UInt8(graph.count)] + graph))?.inputs == ["x"])
    }

    @Test func `a file that was cut or changed anywhere has ports or none, and does no harm`() throws {
        let whole = [UInt8](try NeuralFixtures.data("sentences/model.onnx"))
        for length in 0..<whole.count { _ = try ports(Data(whole[..<length])) }
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<3 { bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
            let count = try ports(Data(bytes))?.inputs.count ?? 0
            #expect(count <= whole.count, "seed \(seed)")
        }
    }

    @Test func `what is no ONNX has no ports`() throws {
        let found = [try ports(Data()), try ports(Data("<?xml version='1.0'?><net/>".utf8)), ONNXPorts(path: "/nowhere/model.onnx")]
        #expect(found.allSatisfy { $0 == nil })
    }
}
