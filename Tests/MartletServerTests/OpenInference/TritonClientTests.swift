import Foundation
import MartletCore
import MartletServer
import Testing

/// Bodies that tritonclient 2.73 made, and answers that it was seen to read; `make-tritonclient.py` writes and reads them.
@Suite struct TritonClientTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    private static func fixture(_ name: String) throws -> [JSONValue] {
        let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
        return try #require(try JSONValue(parsing: bytes, as: name).array)
    }

    private static func body(_ fixture: JSONValue) throws -> (bytes: [UInt8], jsonSize: Int?) {
        let text = try #require(fixture["body"]?.string)
        let bytes = try #require(Data(base64Encoded: text))
        return (Array(bytes), fixture["json_size"]?.int.map { Int($0) })
    }

    /// A tensor whose elements are given by their bits.
    private static func tensor(_ fixture: JSONValue) throws -> Tensor {
        let datatype = try #require(fixture["datatype"]?.string.flatMap(TensorDatatype.init))
        let elements = try #require(fixture["bits"]?.array)
        func bits<Integer: FixedWidthInteger>() -> [Integer] { elements.compactMap { $0.string.flatMap { Integer($0) } } }
        let values: TensorElements =
            switch datatype {
            case .bool: .bool(elements.map { $0 == true })
            case .uint8: .uint8(bits())
            case .uint16: .uint16(bits())
            case .uint32: .uint32(bits())
            case .uint64: .uint64(bits())
            case .int8: .int8(bits())
            case .int16: .int16(bits())
            case .int32: .int32(bits())
            case .int64: .int64(bits())
            case .float16: .float16(bits())
            case .bfloat16: .bfloat16(bits())
            case .float32: .float32((bits() as [UInt32]).map(Float.init(bitPattern:)))
            case .float64: .float64((bits() as [UInt64]).map(Double.init(bitPattern:)))
            case .bytes: .bytes(elements.compactMap { $0.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) } })
            }
        let shape = try #require(fixture["shape"]?.array).compactMap { $0.int.map { Int($0) } }
        return Tensor(name: try #require(fixture["name"]?.string), shape: shape, elements: values)
    }

    @Test func `what tritonclient sends is read as it was meant`() throws {
        let fixtures = try Self.fixture("tritonclient.json")
        #expect(fixtures.count == 13)
        for fixture in fixtures {
            let name = fixture["name"]?.string ?? ""
            let body = try Self.body(fixture)
            let request = try InferRequestDecoder().decode(body.bytes, jsonSizeBytes: body.jsonSize)
            let expected = try #require(fixture["inputs"]?.array).map(Self.tensor)
            #expect(request.inputs.map(\.name) == expected.map(\.name), "\(name)")
            #expect(request.inputs.map(\.shape) == expected.map(\.shape), "\(name)")
            #expect(request.inputs.map(\.elements.exact) == expected.map(\.elements.exact), "\(name)")
        }
    }

    @Test func `what tritonclient asks for beside the tensors is read`() throws {
        let fixtures = try Self.fixture("tritonclient.json")
        let last = try #require(fixtures.last)
        let whole = try Self.body(last)
        let request = try InferRequestDecoder().decode(whole.bytes, jsonSizeBytes: whole.jsonSize)
        #expect(request.id == "a-1")
        #expect(request.priority == 2)
        #expect(request.timeout == .microseconds(1_500))
        #expect(request.outputs == [RequestedOutput("score", isBinary: true)])
        #expect(request.parameters == ["sequence_id": 42, "sequence_start": true, "sequence_end": false, "mine": "x", "deep": true])
        let usual = try Self.body(fixtures[1])
        #expect(try InferRequestDecoder().decode(usual.bytes, jsonSizeBytes: usual.jsonSize).wantsBinaryOutputs)
        let classes = try Self.body(fixtures[0])
        let outputs = try InferRequestDecoder().decode(classes.bytes, jsonSizeBytes: classes.jsonSize).outputs
        #expect(outputs == [RequestedOutput("score", isBinary: false), RequestedOutput("class", isBinary: true, classCount: 2)])
    }

    /// Answers of every datatype, as text and as bytes.
    private static func answers() throws -> [(name: String, outputs: [Tensor], body: InferResponseBody)] {
        var generator = TensorGenerator(seed: 3)
        let tensors = TensorDatatype.allCases.map { datatype in
            Tensor(name: "o\(datatype.rawValue)", shape: [2, 3], elements: generator.elements(datatype, 6))
        }
        let empty = Tensor(name: "e", shape: [0, 2], elements: .float32([]))
        return try [("text", InferRequest(id: "7")), ("bytes", InferRequest(wantsBinaryOutputs: true))].map { name, request in
            let outputs = tensors + [empty]
            let response = InferResponse(modelName: "rides", modelVersion: "3", outputs: outputs)
            return (name, outputs, try InferResponseEncoder.encode(response, for: request))
        }
    }

    @Test func `answers are those that tritonclient was seen to read`() throws {
        let answers = try Self.answers()
        if ProcessInfo.processInfo.environment["MARTLET_RECORD"] == "1" { try Self.record(answers) }
        let fixtures = try Self.fixture("answers.json")
        #expect(fixtures.map { $0["name"]?.string } == answers.map(\.name))
        for (fixture, answer) in zip(fixtures, answers) {
            let body = try Self.body(fixture)
            #expect(answer.body.bytes == body.bytes, "\(answer.name)")
            #expect(answer.body.jsonSizeBytes == body.jsonSize, "\(answer.name)")
            let outputs = try #require(fixture["outputs"]?.array).map(Self.tensor)
            #expect(answer.outputs.map(\.elements.exact) == outputs.map(\.elements.exact), "\(answer.name)")
        }
    }

    /// Writes the answers for `make-tritonclient.py`, which must read them before they are kept.
    private static func record(_ answers: [(name: String, outputs: [Tensor], body: InferResponseBody)]) throws {
        let fixtures = answers.map { answer -> JSONValue in
            [
                "name": .string(answer.name), "body": .string(Data(answer.body.bytes).base64EncodedString()),
                "json_size": answer.body.jsonSizeBytes.map { .integer(Int64($0)) } ?? nil,
                "outputs": .array(answer.outputs.map(description)),
            ]
        }
        let text = JSONValue.array(fixtures).prettyText + "\n"
        try Data(text.utf8).write(to: folder.appendingPathComponent("answers.json"))
    }

    private static func description(_ output: Tensor) -> JSONValue {
        [
            "name": .string(output.name), "datatype": .string(output.datatype.rawValue),
            "shape": .array(output.shape.map { .integer(Int64($0)) }), "bits": .array(bits(output.elements)),
        ]
    }

    private static func bits(_ elements: TensorElements) -> [JSONValue] {
        switch elements {
        case .bool(let elements): elements.map(JSONValue.boolean)
        case .int8(let elements): elements.map { .string("\($0)") }
        case .int16(let elements): elements.map { .string("\($0)") }
        case .int32(let elements): elements.map { .string("\($0)") }
        case .int64(let elements): elements.map { .string("\($0)") }
        case .bytes(let elements): elements.map { .string(Data($0).base64EncodedString()) }
        default: elements.exact.map { bytes in .string("\(bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })") }
        }
    }
}
