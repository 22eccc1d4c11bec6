import MartletCore
import MartletInference
import Testing

@Suite struct PrecisionReportTests {
    /// A model that gives always the same.
    private struct Constant: TensorModel {
        var answer: [Tensor]
        var signature: TensorSignature {
            let outputs = answer.map { TensorSignature.Entry(name: $0.name, datatype: $0.datatype, shape: $0.shape) }
            return TensorSignature(platform: "test", inputs: [], outputs: outputs, hasIndependentRows: true)
        }

        init(_ elements: TensorElements, shape: [Int], name: String = "y") {
            answer = [Tensor(name: name, shape: shape, elements: elements)]
        }

        func predict(_ inputs: [Tensor]) -> [Tensor] { answer }
    }

    private func report(_ reference: Constant, _ variant: Constant, calls: Int = 1) throws -> PrecisionReport.Output {
        try PrecisionReport(reference: reference, variant: variant, samples: .init(repeating: [], count: calls)).outputs[0]
    }

    @Test func `differences and cosines are over all rows of all samples`() throws {
        let output = try report(
            Constant(.float32([1, 0, 3, 4]), shape: [2, 2]), Constant(.float32([1, 1, 3, 4]), shape: [2, 2]), calls: 3
        )
        #expect(output.elementCount == 12 && output.differenceMax == 1 && output.differenceMean == 0.25)
        #expect(abs(output.cosineMean - (0.5.squareRoot() + 1) / 2) < 1e-12 && abs(output.cosineMin - 0.5.squareRoot()) < 1e-12)
    }

    @Test func `a model does not differ from itself, whatever its type`() throws {
        let kinds: [TensorElements] = [
            .bool([true, false]), .int64([.max, .min]), .uint64([.max, 0]), .int8([-128, 1]), .float16([0x3C00, 0x7C00]),
            .bfloat16([0x3F80, 0x7FC0]), .float64([.nan, -.infinity]), .float32([0, 0]),
        ]
        for kind in kinds {
            let output = try report(Constant(kind, shape: [1, 2]), Constant(kind, shape: [1, 2]))
            #expect(output.differenceMax == 0 && output.differenceMean == 0, "\(kind)")
        }
    }

    @Test func `halves and brain floats are read as the numbers that they are`() throws {
        let numbers = Constant(.float64([1, -2, 0.5, 65504, 0x1p-24, 0]), shape: [6])
        let halves = Constant(.float16([0x3C00, 0xC000, 0x3800, 0x7BFF, 0x0001, 0x8000]), shape: [6])
        #expect(try report(numbers, halves).differenceMax == 0)
        let brains = Constant(.bfloat16([0x3F80, 0xC000, 0x3F00]), shape: [3])
        #expect(try report(Constant(.float64([1, -2, 0.5]), shape: [3]), brains).differenceMax == 0)
    }

    @Test func `a number that is none in one model only is an infinite difference, null in JSON`() throws {
        let samples: [[Tensor]] = [[]]
        let report = try PrecisionReport(
            reference: Constant(.float32([1, 2]), shape: [2]), variant: Constant(.float32([1, .nan]), shape: [2]), samples: samples
        )
        #expect(report.outputs[0].differenceMax == .infinity && report.outputs[0].cosineMin == 0)
        #expect(report.json["outputs"]?.array?[0]["differenceMax"] == .null && report.json["rowCount"] == 2)
    }

    @Test func `models that cannot be compared are refused`() throws {
        let reference = Constant(.float32([1, 2]), shape: [2])
        let others = [Constant(.float32([1, 2]), shape: [2], name: "z"), Constant(.float32([1, 2]), shape: [1, 2])]
        for variant in others {
            let error = try #require(throws: MartletError.self) { try report(reference, variant) }
            #expect(error.code == .invalidInput && error.message.contains("expected 'y' [2]"))
        }
        let text = Constant(.bytes([[1]]), shape: [1])
        let error = try #require(throws: MartletError.self) { try report(text, text) }
        #expect(error.message.contains("byte strings"))
        let none = try #require(throws: MartletError.self) { try report(reference, reference, calls: 0) }
        #expect(none.message.contains("at least one sample"))
    }

    @Test func `int8 differs from f32 by about the step of its scale, and is measured`() throws {
        var configuration = NeuralConfiguration()
        let exact = try NeuralModel(path: NeuralFixtures.path("dense.onnx"), configuration: configuration)
        configuration.precision = .int8
        let rounded = try NeuralModel(path: NeuralFixtures.path("dense-int8.onnx"), configuration: configuration)
        let samples = (0..<8).map { [NeuralFixtures.noise([16, 32], seed: $0)] }
        let report = try PrecisionReport(reference: exact, variant: rounded, samples: samples)
        let output = report.outputs[0]
        #expect(report.rowCount == 128 && output.elementCount == 4096)
        #expect(output.differenceMax > 1e-4 && output.differenceMax < 0.05 && output.differenceMean < 0.01)
        #expect(output.cosineMean > 0.999 && output.cosineMean < 1)
    }
}
