import Foundation
import MartletCore
import MartletServer
import Testing

@Suite struct InferResponseEncoderTests {
    private func encoded(_ outputs: [Tensor], for request: InferRequest = InferRequest()) throws -> InferResponseBody {
        try InferResponseEncoder.encode(InferResponse(modelName: "rides", modelVersion: "3", outputs: outputs), for: request)
    }

    private func text(_ outputs: [Tensor], for request: InferRequest = InferRequest()) throws -> String {
        let body = try encoded(outputs, for: request)
        #expect(body.jsonSizeBytes == nil)
        #expect(body.contentType == "application/json")
        return String(decoding: body.bytes, as: UTF8.self)
    }

    private static let score = Tensor(name: "score", shape: [2, 1], elements: .float32([0.5, -1]))
    private static let label = Tensor(name: "label", shape: [2], elements: .bytes([Array("a\"ü".utf8), []]))

    @Test func `an answer repeats the request's id and says which model it is of`() throws {
        #expect(
            try text([Self.score, Self.label], for: InferRequest(id: "a\n\u{1f}")) == #"""
                {"model_name":"rides","model_version":"3","id":"a\n\u001f","outputs":[{"name":"score","datatype":"FP32","shape":[2,1],"data":[0.5,-1.0]},{"name":"label","datatype":"BYTES","shape":[2],"data":["a\"ü",""]}]}
                """#
        )
    }

    @Test func `an answer without outputs, version or elements is whole`() throws {
        let empty = Tensor(name: "e", shape: [0], elements: .int8([]))
        let response = InferResponse(modelName: "m", outputs: [empty], parameters: ["took": 3])
        let bytes = try InferResponseEncoder.encode(response, for: InferRequest()).bytes
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"model_name":"m","parameters":{"took":3},"outputs":[{"name":"e","datatype":"INT8","shape":[0],"data":[]}]}"#
        )
    }

    @Test func `only the outputs that are asked for are given, in the request's order`() throws {
        let request = InferRequest(outputs: [RequestedOutput("label"), RequestedOutput("score")])
        let answer = try JSONValue(parsing: try text([Self.score, Self.label], for: request), as: "the answer")
        #expect(answer["outputs"]?.array?.map { $0["name"] } == ["label", "score"])
        let unknown = InferRequest(outputs: [RequestedOutput("scores")])
        let error = try #require(throws: MartletError.self) { try encoded([Self.score], for: unknown) }
        #expect(error.message == "the model has no output 'scores'; did you mean 'score'?")
    }

    @Test func `an output is binary where it or the whole request asks for that`() throws {
        let request = InferRequest(outputs: [RequestedOutput("label"), RequestedOutput("score", isBinary: true)])
        let body = try encoded([Self.score, Self.label], for: request)
        let jsonSize = try #require(body.jsonSizeBytes)
        #expect(body.contentType == "application/octet-stream")
        #expect(body.bytes[jsonSize...] == [0, 0, 0, 0x3F, 0, 0, 0x80, 0xBF])
        let json = try JSONValue(parsing: Array(body.bytes[..<jsonSize]), as: "the answer")
        #expect(json["outputs"]?.array?[1]["parameters"] == ["binary_data_size": 8])
        let all = InferRequest(outputs: [RequestedOutput("score", isBinary: false), RequestedOutput("label")], wantsBinaryOutputs: true)
        let second = try encoded([Self.score, Self.label], for: all)
        #expect(second.bytes.suffix(12) == [4, 0, 0, 0, 0x61, 0x22, 0xC3, 0xBC, 0, 0, 0, 0])
    }

    @Test func `missing numbers are null, and infinite ones are refused as text`() throws {
        let missing = Tensor(name: "m", shape: [2], elements: .float64([.nan, 1]))
        #expect(try text([missing]).hasSuffix("\"data\":[null,1.0]}]}"))
        for elements in [TensorElements.float64([-.infinity]), .float32([.infinity]), .float16([0x7C00]), .bfloat16([0xFF80])] {
            let infinite = Tensor(name: "i", shape: [1], elements: elements)
            let error = try #require(throws: MartletError.self) { try encoded([infinite]) }
            #expect(error.message == "output 'i' has an infinite number, which JSON cannot say; ask for it with the parameter \"binary_data\": true")
            #expect(try encoded([infinite], for: InferRequest(wantsBinaryOutputs: true)).jsonSizeBytes != nil)
        }
    }

    @Test func `bytes that are not UTF-8 are refused as text`() throws {
        let raw = Tensor(name: "r", shape: [1], elements: .bytes([[0x61, 0xFF]]))
        let error = try #require(throws: MartletError.self) { try encoded([raw]) }
        #expect(error.message == "output 'r' has bytes that are not UTF-8, which JSON cannot say; ask for it with the parameter \"binary_data\": true")
    }

    @Test func `random outputs read back as they are, by the plain parser too`() throws {
        for seed in UInt64(0)..<400 {
            var generator = TensorGenerator(seed: seed)
            let tensors = generator.tensors(1 + generator.random.index(below: 3))
            let request = InferRequest(outputs: tensors.map { RequestedOutput($0.name, isBinary: generator.random.next() & 1 == 1) })
            let body = try encoded(tensors, for: request)
            // An answer's outputs have the form of a request's inputs.
            let size = body.jsonSizeBytes ?? body.bytes.count
            let json = String(decoding: body.bytes[..<size], as: UTF8.self)
            _ = try JSONValue(parsing: json, as: "the answer")
            let mirrored = Array(json.replacing("\"outputs\":[{", with: "\"inputs\":[{", maxReplacements: 1).utf8)
            let read = try InferRequestDecoder().decode(mirrored + body.bytes[size...], jsonSizeBytes: mirrored.count)
            #expect(read.inputs.map(\.shape) == tensors.map(\.shape), "seed \(seed)")
            #expect(read.inputs.map(\.elements.exact) == tensors.map(\.elements.exact), "seed \(seed)")
        }
    }
}
