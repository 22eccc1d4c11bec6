import MartletCore
import MartletServer
import Testing

@Suite struct SignatureCheckTests {
    private static let entry = TensorSignature.Entry(name: "input", datatype: .float32, shape: [-1, 2], alternatives: [.float64])
    private static let text = TensorSignature.Entry(name: "text", datatype: .bytes, shape: [-1])
    private static let outputs = [
        TensorSignature.Entry(name: "score", datatype: .float64, shape: [-1]), TensorSignature.Entry(name: "label", datatype: .bytes, shape: [-1]),
    ]
    private static let pair = SignatureCheck(
        TensorSignature(platform: "p", inputs: [entry, text], outputs: outputs, hasIndependentRows: true)
    )
    private static let matrix = SignatureCheck(
        TensorSignature(platform: "p", inputs: [entry], outputs: outputs, hasIndependentRows: true, featureNames: ["price", "deal"])
    )

    private static func input(_ name: String, _ shape: [Int], _ datatype: TensorDatatype) -> Tensor {
        var generator = TensorGenerator(seed: 1)
        return Tensor(name: name, shape: shape, elements: generator.elements(datatype, shape.reduce(1, *)))
    }

    private func refusal(_ check: SignatureCheck, _ inputs: [Tensor], _ outputs: [RequestedOutput] = []) throws -> String {
        let error = try #require(throws: MartletError.self) { try check.inputs(of: InferRequest(inputs: inputs, outputs: outputs)) }
        #expect(error.code == .invalidInput)
        return error.message
    }

    @Test func `inputs pass in the signature's order, with any datatype that is taken`() throws {
        let inputs = [Self.input("text", [3], .bytes), Self.input("input", [3, 2], .float64)]
        let passed = try Self.pair.inputs(of: InferRequest(inputs: inputs, outputs: [RequestedOutput("score", classCount: 1)]))
        #expect(passed.map(\.name) == ["input", "text"])
    }

    @Test(arguments: [
        ([input("inputs", [1, 2], .float32), input("text", [1], .bytes)], "the model has no input 'inputs'; did you mean 'input'?"),
        ([input("input", [1, 2], .float32)], "input 'text': expected BYTES of shape [-1], found none"),
        ([input("input", [1, 2], .int8), input("text", [1], .bytes)], "input 'input': expected FP32 or FP64 of shape [-1, 2], found INT8"),
        ([input("input", [1, 3], .float32), input("text", [1], .bytes)], "input 'input': expected FP32 or FP64 of shape [-1, 2], where -1 is free, found shape [1, 3]"),
        ([input("input", [2], .float32), input("text", [1], .bytes)], "input 'input': expected FP32 or FP64 of shape [-1, 2], where -1 is free, found shape [2]"),
        ([input("input", [1, 2], .float32), input("text", [2], .bytes)], "input 'text': expected 1 rows like input 'input', found 2"),
        ([input("input", [0, 2], .float32), input("text", [0], .bytes)], "input 'input': expected at least one row, found none"),
        ([input("input", [1, 2], .float32), input("input", [1, 2], .float32)], "input 'input': expected once, found twice"),
    ])
    func `inputs that do not fit are refused by name`(_ inputs: [Tensor], _ expected: String) throws {
        #expect(try refusal(Self.pair, inputs) == expected)
    }

    @Test func `outputs that the model does not have are refused by name`() throws {
        let inputs = [Self.input("input", [1, 2], .float32)]
        #expect(try refusal(Self.matrix, inputs, [RequestedOutput("lable")]) == "the model has no output 'lable'; did you mean 'label'?")
        #expect(try refusal(Self.matrix, inputs, [RequestedOutput("zzzzzzz")]) == "the model has no output 'zzzzzzz'; it has score, label")
        #expect(
            try refusal(Self.matrix, inputs, [RequestedOutput("label", classCount: 2)])
                == "output 'label': classification is expected of numbers, found BYTES"
        )
    }

    @Test func `a matrix comes under its name only`() throws {
        #expect(try refusal(Self.matrix, [Self.input("x", [1, 2], .float32)]) == "the model has no input 'x'; it has input")
    }

    // MARK: Columns

    @Test func `columns that come one by one are joined in the order of the features`() throws {
        let columns = [
            Tensor(name: "deal", shape: [3, 1], elements: .bool([true, false, true])),
            Tensor(name: "price", shape: [3], elements: .float32([1.5, .infinity, -2])),
        ]
        let joined = try Self.matrix.inputs(of: InferRequest(inputs: columns))
        #expect(joined == [Tensor(name: "input", shape: [3, 2], elements: .float32([1.5, 1, .infinity, 0, -2, 1]))])
    }

    @Test(arguments: TensorDatatype.allCases.filter { $0 != .bytes })
    func `columns of any numbers are joined`(_ datatype: TensorDatatype) throws {
        let columns = ["price", "deal"].map { Self.input($0, [4], datatype) }
        let joined = try Self.matrix.inputs(of: InferRequest(inputs: columns))
        #expect(joined.map(\.shape) == [[4, 2]])
        let isWide = [.uint32, .uint64, .int32, .int64, .float64].contains(datatype)
        #expect(joined[0].datatype == (isWide ? .float64 : .float32))
    }

    @Test func `columns that need doubles are rounded where the model takes floats only`() throws {
        var signature = Self.matrix.signature
        signature.inputs[0].alternatives = []
        let columns = ["price", "deal"].map { Tensor(name: $0, shape: [1], elements: .float64([0.1])) }
        let joined = try SignatureCheck(signature).inputs(of: InferRequest(inputs: columns))
        #expect(joined.map(\.elements) == [.float32([0.1, 0.1])])
    }

    @Test(arguments: [
        ([input("price", [2], .float32)], "expected all 2 features as columns, missing 'deal'"),
        ([input("price", [2], .float32), input("deel", [2], .float32)], "input 'deel': expected a feature of the model like the other inputs; it has no such one"),
        ([input("price", [2], .float32), input("deal", [3], .float32)], "input 'deal': expected shape [2] or [2, 1], like the other columns, found [3]"),
        ([input("price", [2, 2], .float32), input("deal", [2], .float32)], "input 'price': expected shape [2] or [2, 1], like the other columns, found [2, 2]"),
        ([input("price", [2], .bytes), input("deal", [2], .float32)], "input 'price': expected numbers, found BYTES"),
        ([input("price", [2], .float32), input("price", [2], .float32)], "input 'price': expected once, found twice"),
        ([input("price", [0], .float32), input("deal", [0], .float32)], "input 'input': expected at least one row, found none"),
    ])
    func `columns that do not fit are refused by name`(_ columns: [Tensor], _ expected: String) throws {
        #expect(try refusal(Self.matrix, columns) == expected)
    }
}
