import MartletCore
import MartletServer
import Testing

@Suite struct InferRequestDecoderTests {
    private func decoded(_ text: String) throws -> InferRequest { try InferRequestDecoder().decode(Array(text.utf8)) }

    @Test func `the protocol's example is read`() throws {
        let request = try decoded(
            """
            {"id": "42", "inputs": [
              {"name": "input0", "shape": [2, 2], "datatype": "UINT32", "data": [1, 2, 3, 4]},
              {"name": "input1", "shape": [3], "datatype": "BOOL", "data": [true, 0, 1]}
            ], "outputs": [{"name": "output0"}]}
            """
        )
        #expect(
            request
                == InferRequest(
                    id: "42",
                    inputs: [
                        Tensor(name: "input0", shape: [2, 2], elements: .uint32([1, 2, 3, 4])),
                        Tensor(name: "input1", shape: [3], elements: .bool([true, false, true])),
                    ],
                    outputs: [RequestedOutput("output0")]
                )
        )
    }

    @Test func `members may come in any order, and those that nobody knows are passed over`() throws {
        let request = try decoded(
            """
            {"model_name": "m", "outputs": null, "inputs": [{"data": [[1.5, -2e3], [null, NaN]], "parameters": null, "x": {"y": [1, "z"]},
             "datatype": "FP32", "n\\u0061me": "a", "": 0, "shape": [2, 2]}], "id": null, "parameters": {"a": 1}}
            """
        )
        #expect(request.inputs.map(\.name) == ["a"])
        #expect(request.inputs[0].elements.exact == TensorElements.float32([1.5, -2_000, .nan, .nan]).exact)
        #expect(request.id == nil)
        #expect(request.parameters == ["a": 1])
    }

    @Test func `parameters that schedule are taken out of the others`() throws {
        let input = #"{"name":"a","shape":[],"datatype":"INT8","data":[1]}"#
        let request = try decoded(
            #"{"parameters":{"sequence_id":"s","priority":3,"timeout":1500,"binary_data_output":true,"deep":{"a":[1]}},"inputs":[\#(input)]}"#
        )
        #expect(request.priority == 3)
        #expect(request.timeout == .microseconds(1_500))
        #expect(request.wantsBinaryOutputs)
        #expect(request.parameters == ["sequence_id": "s", "deep": ["a": [1]]])
        let without = try decoded(#"{"parameters":{"priority":0,"timeout":0},"inputs":[\#(input)]}"#)
        #expect(without.priority == nil)
        #expect(without.timeout == nil)
    }

    @Test func `outputs say how they are wanted`() throws {
        let request = try decoded(
            #"""
            {"inputs":[{"name":"a","shape":[1],"datatype":"INT8","data":[1]}],"outputs":[{"parameters":{"binary_data":false,"classification":3},
            "name":"p"},{"name":"q","parameters":{"binary_data":true,"classification":0,"other":[1]}},{"name":"r","parameters":null}]}
            """#
        )
        #expect(
            request.outputs == [
                RequestedOutput("p", isBinary: false, classCount: 3), RequestedOutput("q", isBinary: true), RequestedOutput("r"),
            ]
        )
    }

    @Test(arguments: TensorDatatype.allCases)
    func `an empty tensor of each datatype is read`(_ datatype: TensorDatatype) throws {
        let text = #"{"inputs":[{"name":"a","shape":[0,3],"datatype":"\#(datatype.rawValue)","data":[ ]}]}"#
        let request = try decoded(text)
        #expect(request.inputs.map(\.shape) == [[0, 3]])
        #expect(request.inputs[0].datatype == datatype)
    }

    @Test func `random tensors in JSON of any style are read as they are`() throws {
        for seed in UInt64(0)..<600 {
            var generator = TensorGenerator(seed: seed)
            var writer = RequestWriter(seed: seed)
            let tensors = generator.tensors(1 + generator.random.index(below: 4))
            let body = writer.body(tensors)
            let request = try InferRequestDecoder().decode(body.bytes)
            #expect(request.inputs.map(\.name) == tensors.map(\.name), "seed \(seed)")
            #expect(request.inputs.map(\.shape) == tensors.map(\.shape), "seed \(seed)")
            #expect(request.inputs.map(\.elements.exact) == tensors.map(\.elements.exact), "seed \(seed)")
        }
    }

    @Test func `random tensors behind the JSON and within it are read as they are`() throws {
        for seed in UInt64(0)..<600 {
            var generator = TensorGenerator(seed: seed)
            var writer = RequestWriter(seed: seed)
            let tensors = generator.tensors(1 + generator.random.index(below: 4))
            let mask = generator.random.next()
            let body = writer.body(tensors) { mask >> UInt64($0) & 1 == 1 }
            let request = try InferRequestDecoder().decode(body.bytes, jsonSizeBytes: body.jsonSize)
            #expect(request.inputs.map(\.shape) == tensors.map(\.shape), "seed \(seed)")
            #expect(request.inputs.map(\.elements.exact) == tensors.map(\.elements.exact), "seed \(seed)")
        }
    }

    @Test func `bytes that are not text come behind the JSON`() throws {
        let tensor = Tensor(name: "b", shape: [2], elements: .bytes([[0xFF, 0x00], []]))
        var writer = RequestWriter(seed: 1)
        let body = writer.body([tensor]) { _ in true }
        #expect(try InferRequestDecoder().decode(body.bytes, jsonSizeBytes: body.jsonSize).inputs == [tensor])
    }

    @Test func `limits hold at their edge`() throws {
        var decoder = InferRequestDecoder()
        decoder.limits.inputCountMax = 2
        let inputs = (0..<3).map { #"{"name":"\#($0)","shape":[1],"datatype":"BYTES","data":["\#($0)"]}"# }
        func body(_ count: Int) -> [UInt8] { Array("{\"inputs\":[\(inputs.prefix(count).joined(separator: ","))]}".utf8) }
        #expect(try decoder.decode(body(2)).inputs.count == 2)
        #expect(throws: MartletError.self) { try decoder.decode(body(3)) }
        decoder.limits.bytesElementCountMax = 1
        #expect(try decoder.decode(body(1)).inputs.count == 1)
        decoder.limits.bytesElementCountMax = 0
        #expect(throws: MartletError.self) { try decoder.decode(body(1)) }
    }

    @Test func `the header that splits the body is a count of bytes`() throws {
        #expect(try InferRequestDecoder.jsonSizeBytes(header: "17") == 17)
        for text in ["", "-1", "+1", "1 ", "0x10", "99999999999999999999"] {
            #expect(throws: MartletError.self) { try InferRequestDecoder.jsonSizeBytes(header: text) }
        }
    }
}
