import Foundation
import MartletCore
import MartletInference
import Testing

@Suite struct NeuralModelTests {
    private func model(_ file: String, _ precision: NeuralConfiguration.Precision = .float32) throws -> NeuralModel {
        var configuration = NeuralConfiguration()
        configuration.precision = precision
        return try NeuralModel(path: NeuralFixtures.path(file), configuration: configuration)
    }

    private func refusal(_ body: () throws -> Void) throws -> MartletError { try #require(throws: MartletError.self, performing: body) }

    private func pair(_ name: String, _ elements: [Float]) -> Tensor { Tensor(name: name, shape: [2, 2], elements: .float32(elements)) }

    @Test func `the signature says what the file says, and that free rows are independent`() throws {
        let signature = try model("dense.onnx").signature
        #expect(signature.inputs == [.init(name: "x", datatype: .float32, shape: [-1, 32])])
        #expect(signature.outputs == [.init(name: "y", datatype: .float32, shape: [-1, 32])])
        #expect(signature.platform == "openvino" && signature.hasIndependentRows)
        #expect(try !model("fixed.onnx").signature.hasIndependentRows)
    }

    @Test func `inputs come in any order and are told apart by name`() throws {
        let model = try model("fixed.onnx")
        let (a, b) = (pair("a", [1, 2, 3, 4]), pair("b", [10, 20, 30, 40]))
        #expect(try model.predict([b, a]) == [pair("y", [11, 22, 33, 44])])
    }

    @Test func `missing, doubled and unknown inputs are refused with what was expected`() throws {
        let model = try model("fixed.onnx")
        let (a, c) = (pair("a", [1, 2, 3, 4]), pair("c", [1, 2, 3, 4]))
        for (inputs, found) in [([a], "'a'"), ([a, a], "'a', 'a'"), ([a, c], "'a', 'c'"), ([], "none")] {
            let error = try refusal { _ = try model.predict(inputs) }
            #expect(error.code == .invalidInput && error.message == "inputs: expected 'a', 'b', each once, found \(found)")
        }
    }

    @Test func `a wrong shape is refused with the input's name`() throws {
        let model = try model("fixed.onnx")
        let wide = Tensor(name: "b", shape: [2, 3], elements: .float32([1, 2, 3, 4, 5, 6]))
        let error = try refusal { _ = try model.predict([pair("a", [1, 2, 3, 4]), wide]) }
        #expect(error.code == .invalidInput && error.message == "input 'b': expected shape [2, 2], found [2, 3]")
    }

    @Test func `several models live side by side and answer from several threads as they do alone`() async throws {
        let models = [try model("dense.onnx"), try model("dense-int8.onnx", .int8), try model("dense.onnx")]
        let inputs = (0..<60).map { NeuralFixtures.noise([1 + $0 % 5, 32], seed: UInt64($0)) }
        let alone = try inputs.indices.map { try models[$0 % 3].predict([inputs[$0]]) }
        let together = try await withThrowingTaskGroup(of: (Int, [Tensor]).self) { group in
            for position in inputs.indices { group.addTask { (position, try models[position % 3].predict([inputs[position]])) } }
            return try await group.reduce(into: [Int: [Tensor]]()) { $0[$1.0] = $1.1 }
        }
        #expect(inputs.indices.allSatisfy { together[$0] == alone[$0] })
        #expect(try models[0].predict([inputs[0]]) == models[2].predict([inputs[0]]))
    }

    @Test func `a file is refused by every precision that is not its own`() throws {
        for precision in [NeuralConfiguration.Precision.float32, .bfloat16] {
            let error = try refusal { _ = try model("dense-int8.onnx", precision) }
            #expect(error.code == .invalidInput || error.code == .unavailable, "\(error)")
            #expect(error.message.contains("is quantized") || error.message.contains("this processor"), "\(error)")
        }
        let error = try refusal { _ = try model("dense.onnx", .int8) }
        #expect(error.code == .invalidInput && error.message.contains("has no quantized operator"))
    }

    @Test func `a warm-up that the model cannot run fails the load with its shapes`() throws {
        var configuration = NeuralConfiguration()
        configuration.warmUpRowCounts = [1, 5000]
        _ = try NeuralModel(path: NeuralFixtures.path("dense.onnx"), configuration: configuration)
        configuration.warmUpLength = 30
        let error = try refusal { _ = try NeuralModel(path: NeuralFixtures.path("sentences/model.onnx"), configuration: configuration) }
        #expect(
            error.message.hasPrefix("warming up with zeros of 'input_ids' [1, 30]")
                && error.message.contains("warm_up_length in model.yaml"), "\(error)")
    }
}
