import MartletCore
import MartletServer
import Testing

@Suite struct ClassificationTests {
    private func classes(_ elements: TensorElements, _ shape: [Int], count: Int, hasRows: Bool = true) throws -> Tensor {
        let output = Tensor(name: "p", shape: shape, elements: elements)
        let response = InferResponse(modelName: "m", outputs: [output], hasIndependentRows: hasRows)
        return try response.answered(InferRequest(outputs: [RequestedOutput("p", classCount: count)]))[0]
    }

    private func texts(_ tensor: Tensor) -> [String] {
        guard case .bytes(let strings) = tensor.elements else { return [] }
        return strings.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `the protocol's example is answered`() throws {
        let answer = try classes(.int32([1, 5, 10, 4]), [4], count: 2, hasRows: false)
        #expect(texts(answer) == ["10:2", "5:1"])
        #expect(answer.shape == [2])
    }

    @Test func `each row is ranked by itself, equal numbers by their place, missing ones last`() throws {
        let answer = try classes(.float32([0.25, 0.5, 0.5, .nan, 0.125, 1]), [2, 3], count: 3)
        #expect(texts(answer) == ["0.5:1", "0.5:2", "0.25:0", "1.0:2", "0.125:1", "nan:0"])
        #expect(answer.shape == [2, 3])
    }

    @Test func `more classes than there are, no rows and half floats do no harm`() throws {
        #expect(texts(try classes(.float16([0x3C00, 0x4000]), [1, 2], count: 9)) == ["2.0:1", "1.0:0"])
        #expect(try classes(.float64([]), [0, 2], count: 1).shape == [0, 0])
        #expect(try classes(.float64([3]), [1], count: .max).shape == [1, 1])
    }

    @Test func `what is no number has no classes`() throws {
        let error = try #require(throws: MartletError.self) { try classes(.bool([true]), [1], count: 1) }
        #expect(error.message == "output 'p': classification is expected of numbers, found BOOL")
    }
}
