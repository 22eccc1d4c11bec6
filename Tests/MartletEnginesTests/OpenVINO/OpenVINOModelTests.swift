import Foundation
import MartletCore
import MartletEngines
import Testing

@Suite struct OpenVINOModelTests {
    private func refusal(_ body: () throws -> Void) throws -> MartletError { try #require(throws: MartletError.self, performing: body) }

    @Test(arguments: ["affine.onnx", "affine.xml"])
    func `a model of either format answers what its matrix says`(file: String) throws {
        let model = try OpenVINOModel(path: ModelFixtures.path(file))
        #expect(model.inputs.map(\.name) == ["x"] && model.inputs.map(\.shape) == [[-1, 4]])
        #expect(model.outputs.map(\.name) == ["y", "total"] && model.outputs.map(\.shape) == [[-1, 3], []])
        let answer = try model.run([ModelFixtures.floats("x", [2, 4], [1, 0, 0, 0, 0, 1, 1, 0.5])])
        #expect(answer[0] == ModelFixtures.floats("y", [2, 3], [-4, -2, 0, 2, 5.5, 9]))
        #expect(answer[1] == ModelFixtures.floats("total", [], [10.5]))
    }

    @Test func `names that the file has are used, and those that it has not are refused`() throws {
        let path = ModelFixtures.path("affine.onnx")
        let model = try OpenVINOModel(path: path, names: (["x"], ["y", "total"]))
        #expect(model.outputs.map(\.name) == ["y", "total"])
        let swapped = try refusal { _ = try OpenVINOModel(path: path, names: (["x"], ["total", "y"])) }
        #expect(swapped.message == "OpenVINO has another order of the model's outputs: 'total' is not number 0")
        let unknown = try refusal { _ = try OpenVINOModel(path: path, names: (["z"], ["y", "total"])) }
        #expect(unknown.message.hasPrefix("OpenVINO could not find 'z' among the model's inputs"), "\(unknown)")
        let few = try refusal { _ = try OpenVINOModel(path: path, names: (["x"], ["y"])) }
        #expect(few.message == "OpenVINO finds 2 outputs in the model, expected y")
    }

    @Test func `every type goes in and comes out unchanged`() throws {
        let model = try OpenVINOModel(path: ModelFixtures.path("types.onnx"))
        let elements: [TensorElements] = [
            .bool([true, false]), .uint8([0, 255]), .uint16([0, 65535]), .uint32([0, 1 << 30]), .uint64([0, 1 << 30]),
            .int8([-128, 127]), .int16([-32768, 32767]), .int32([.min, .max]), .int64([-1 << 31, (1 << 31) - 1]),
            .float16([0x3C00, 0xC000]), .bfloat16([0x3F80, 0xC000]), .float32([1.5, -0.1]), .float64([1.5, -0.25]),
        ]
        #expect(model.inputs.map(\.datatype) == elements.map(\.datatype))
        let answer = try model.run(elements.map { Tensor(name: "", shape: [2], elements: $0) })
        #expect(answer.map(\.elements) == elements)
    }

    @Test func `batch and sequence are free at every call`() throws {
        let model = try OpenVINOModel(path: ModelFixtures.path("tokens.onnx"))
        for (batch, length) in [(1, 3), (5, 7), (2, 1), (1, 3)] {
            let shape = [batch, length]
            let ids = Tensor(name: "ids", shape: shape, elements: .int64((0..<Int64(batch * length)).map { $0 % 50 }))
            let mask = Tensor(name: "mask", shape: shape, elements: .int64(.init(repeating: 1, count: batch * length)))
            #expect(try model.run([ids, mask]).map(\.shape) == [[batch, length, 8], [batch, 8]])
        }
    }

    @Test func `calls at the same time give the answers of calls one after the other`() async throws {
        var options = OpenVINOOptions()
        options.threadCount = 2
        options.streamCount = 2
        let model = try OpenVINOModel(path: ModelFixtures.path("dense.onnx"), options: options)
        let inputs = (0..<200).map { ModelFixtures.noise("x", [1 + $0 % 9, 32], seed: UInt64($0)) }
        let serial = try inputs.map { try model.run([$0]) }
        let parallel = try await withThrowingTaskGroup(of: (Int, [Tensor]).self) { group in
            for (position, input) in inputs.enumerated() { group.addTask { (position, try model.run([input])) } }
            return try await group.reduce(into: [Int: [Tensor]]()) { $0[$1.0] = $1.1 }
        }
        #expect(inputs.indices.allSatisfy { parallel[$0] == serial[$0] })
    }

    @Test func `bf16 differs from f32 where the processor has it, and is refused where it has not`() throws {
        let input = ModelFixtures.noise("x", [64, 32], seed: 1)
        var options = OpenVINOOptions()
        let exact = try OpenVINOModel(path: ModelFixtures.path("dense.onnx"), options: options).run([input])
        options.precision = .bfloat16
        do {
            let rounded = try OpenVINOModel(path: ModelFixtures.path("dense.onnx"), options: options).run([input])
            let difference = zip(floats(exact[0]), floats(rounded[0])).map { abs($0 - $1) }.max() ?? 0
            #expect(difference > 1e-4 && difference < 0.1, "bf16 keeps 8 bits")
        } catch let error as MartletError {
            #expect(error.code == .unavailable && error.message.contains("where bf16 is asked for"), "\(error)")
        }
    }

    @Test func `f32 is computed in f32 even where the processor would rather not`() throws {
        let input = ModelFixtures.noise("x", [64, 32], seed: 1)
        let answer = floats(try OpenVINOModel(path: ModelFixtures.path("dense.onnx")).run([input])[0])
        let identity = (0..<1024).map { Float($0 / 32 == $0 % 32 ? 1 : 0) }
        let rows = floats(
            try OpenVINOModel(path: ModelFixtures.path("dense.onnx")).run([ModelFixtures.floats("x", [32, 32], identity)])[0])
        let elements = floats(input)
        // The matrix is what the model makes of unit vectors, before the tanh.
        let expected = (0..<64 * 32).map { position in
            tanh((0..<32).reduce(0.0) { $0 + Double(elements[position / 32 * 32 + $1]) * atanh(Double(rows[$1 * 32 + position % 32])) })
        }
        let difference = zip(answer, expected).map { abs(Double($0) - $1) }.max() ?? 1
        #expect(difference < 2e-5)
    }

    @Test func `a model needs its file no more once it is made`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // it is a temporary folder
        for file in ["affine.xml", "affine.bin"] {
            try FileManager.default.copyItem(atPath: ModelFixtures.path(file), toPath: folder.appending(path: file).path)
        }
        let model = try OpenVINOModel(path: folder.appending(path: "affine.xml").path)
        for file in ["affine.xml", "affine.bin"] { try FileHandle(forWritingTo: folder.appending(path: file)).truncate(atOffset: 0) }
        let answer = try model.run([ModelFixtures.floats("x", [1, 4], [0, 0, 0, 1])])
        #expect(answer[0] == ModelFixtures.floats("y", [1, 3], [5, 7, 9]))
    }

    @Test func `a tensor that does not fit is refused with what was expected`() throws {
        let model = try OpenVINOModel(path: ModelFixtures.path("affine.onnx"))
        let cases: [(Tensor, String)] = [
            (ModelFixtures.floats("x", [1, 3], [1, 2, 3]), "input 'x': expected shape [any, 4], found [1, 3]"),
            (ModelFixtures.floats("x", [4], [1, 2, 3, 4]), "input 'x': expected shape [any, 4], found [4]"),
            (ModelFixtures.floats("x", [0, 4], []), "input 'x': its shape [0, 4] holds no element"),
            (Tensor(name: "x", shape: [1, 4], elements: .float64([1, 2, 3, 4])), "input 'x': expected FP32, found FP64"),
            (Tensor(name: "x", shape: [1], elements: .bytes([[1]])), "input 'x': expected FP32, found BYTES"),
        ]
        for (tensor, message) in cases {
            let error = try refusal { _ = try model.run([tensor]) }
            #expect(error.code == .invalidInput && error.message.hasPrefix(message), "\(error)")
        }
        let error = try refusal { _ = try model.run([]) }
        #expect(error.message == "the model takes 1 inputs, found 0")
    }

    @Test(arguments: [([2, 3], [2, 4]), ([2, 4], [2, 3]), ([2, 3], [3, 3]), ([2, 4000], [2, 3])])
    func `shapes that contradict one another are refused, and the model lives on`(ids: [Int], mask: [Int]) throws {
        let model = try OpenVINOModel(path: ModelFixtures.path("tokens.onnx"))
        func tensor(_ shape: [Int]) -> Tensor {
            Tensor(name: "", shape: shape, elements: .int64(.init(repeating: 1, count: shape.reduce(1, *))))
        }
        let error = try refusal { _ = try model.run([tensor(ids), tensor(mask)]) }
        #expect(
            error.code == .invalidInput && error.message.hasPrefix("inputs 'ids' \(ids), 'mask' \(mask) do not fit together"), "\(error)")
        #expect(try model.run([tensor([2, 3]), tensor([2, 3])]).map(\.shape) == [[2, 3, 8], [2, 8]])
    }

    @Test func `more combinations of shapes than are remembered are served all the same`() throws {
        var options = OpenVINOOptions()
        options.shapeCountMax = 2
        let model = try OpenVINOModel(path: ModelFixtures.path("affine.onnx"), options: options)
        for rows in [1, 2, 3, 1, 2, 3, 3] {
            #expect(try model.run([ModelFixtures.noise("x", [rows, 4], seed: 1)])[0].shape == [rows, 3])
        }
    }

    @Test func `a file that is missing is named`() throws {
        let error = try refusal { _ = try OpenVINOModel(path: ModelFixtures.path("none.onnx")) }
        #expect(error.code == .notFound && error.message.contains("none.onnx' is not there"))
    }

    @Test(arguments: [
        ("make-models.py", "could not read model"), ("unknown.onnx", "NoSuchOperator"), ("text.onnx", "is text"),
        ("rankless.onnx", "rank().is_dynamic()"),
    ])
    func `a model that cannot be run is refused with the reason`(file: String, reason: String) throws {
        let error = try refusal { _ = try OpenVINOModel(path: ModelFixtures.path(file)) }
        #expect(error.code == .engine && error.message.contains(reason) && !error.message.contains("Exception from"), "\(error)")
    }

    @Test func `options out of their range are refused by name`() throws {
        var options = OpenVINOOptions()
        options.streamCount = 2
        let error = try refusal { _ = try OpenVINOModel(path: ModelFixtures.path("affine.onnx"), options: options) }
        #expect(error.code == .invalidInput && error.message == "streamCount is 2, expected 1 to 1")
    }

    private func floats(_ tensor: Tensor) -> [Float] {
        guard case .float32(let elements) = tensor.elements else { return [] }
        return elements
    }
}
