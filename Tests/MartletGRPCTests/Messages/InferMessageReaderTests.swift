#if GRPC
import Foundation
import GRPCCore
import MartletCore
import MartletServer
import SwiftProtobuf
import Testing

@testable import MartletGRPC

@Suite struct InferMessageReaderTests {
    private static func read(_ message: Inference_ModelInferRequest, limits: InferRequestDecoder.Limits = .init()) throws -> InferRequest {
        try InferMessageReader(message: message, limits: limits).request()
    }

    private static func input(
        _ datatype: String, _ shape: [Int64], _ contents: Inference_InferTensorContents? = nil
    ) -> Inference_ModelInferRequest.InferInputTensor {
        .with {
            ($0.name, $0.datatype, $0.shape) = ("x", datatype, shape)
            if let contents { $0.contents = contents }
        }
    }

    private static func message(_ datatype: String, _ shape: [Int64], raw: [UInt8]) -> Inference_ModelInferRequest {
        .with {
            $0.inputs = [input(datatype, shape)]
            $0.rawInputContents = [Data(raw)]
        }
    }

    /// What is said of a request that is refused.
    private static func refusal(_ message: Inference_ModelInferRequest) -> String? {
        do {
            _ = try read(message)
            return nil
        } catch let error as MartletError where error.code == .invalidInput {
            return error.message
        } catch {
            return "another error: \(error)"
        }
    }

    // MARK: Typed contents

    static let typed: [(Inference_InferTensorContents, TensorElements)] = [
        (.with { $0.boolContents = [true, false] }, .bool([true, false])),
        (.with { $0.uintContents = [0, 255] }, .uint8([0, 255])),
        (.with { $0.uintContents = [0, 65_535] }, .uint16([0, 65_535])),
        (.with { $0.uintContents = [0, .max] }, .uint32([0, .max])),
        (.with { $0.uint64Contents = [0, .max] }, .uint64([0, .max])),
        (.with { $0.intContents = [-128, 127] }, .int8([-128, 127])),
        (.with { $0.intContents = [-32_768, 32_767] }, .int16([-32_768, 32_767])),
        (.with { $0.intContents = [.min, .max] }, .int32([.min, .max])),
        (.with { $0.int64Contents = [.min, .max] }, .int64([.min, .max])),
        (.with { $0.fp32Contents = [0.5, -.infinity] }, .float32([0.5, -.infinity])),
        (.with { $0.fp64Contents = [0.1, 1e300] }, .float64([0.1, 1e300])),
        (.with { $0.bytesContents = [Data([0xFF]), Data()] }, .bytes([[0xFF], []])),
    ]

    @Test(arguments: typed) func `typed contents are read as their datatype`(
        _ contents: Inference_InferTensorContents, _ elements: TensorElements
    ) throws {
        let request = try Self.read(.with { $0.inputs = [Self.input(elements.datatype.rawValue, [2, 1], contents)] })
        #expect(request.inputs == [Tensor(name: "x", shape: [2, 1], elements: elements)])
    }

    @Test(arguments: [
        ("INT8", Inference_InferTensorContents.with { $0.intContents = [128] }, "from -128 to 127"),
        ("UINT16", .with { $0.uintContents = [65_536] }, "from 0 to 65535"),
        ("FP32", .with { $0.fp64Contents = [1] }, "expected 1 elements in its contents"),
        ("FP32", .with { ($0.fp32Contents, $0.boolContents) = ([1], [true]) }, "contents of one kind"),
        ("FP32", .with { $0.fp32Contents = [1, 2] }, "found 2"),
        ("FP16", .with { $0.fp32Contents = [1] }, "send raw_input_contents"),
        ("BF16", .with { $0.fp32Contents = [1] }, "send raw_input_contents"),
    ])
    func `contents that do not fit are refused`(_ datatype: String, _ contents: Inference_InferTensorContents, _ reason: String) {
        let refusal = Self.refusal(.with { $0.inputs = [Self.input(datatype, [1], contents)] })
        #expect(refusal?.contains(reason) == true, "\(refusal ?? "taken")")
    }

    // MARK: Raw contents

    @Test(arguments: [
        TensorElements.bool([true, false]), .uint8([1, 255]), .uint16([1, .max]), .uint32([1, .max]), .uint64([1, .max]),
        .int8([-1, .min]), .int16([-1, .min]), .int32([-1, .min]), .int64([-1, .min]), .float16([0x3C00, 0x7E00]),
        .bfloat16([0x3F80, 0x7FC0]), .float32([0.1, -.infinity]), .float64([0.1, 1e-300]), .bytes([Array("Zürich".utf8), []]),
    ])
    func `raw contents are read as they are written`(_ elements: TensorElements) throws {
        let raw = try elements.rawContents()
        let request = try Self.read(Self.message(elements.datatype.rawValue, [2], raw: Array(raw)))
        #expect(request.inputs == [Tensor(name: "x", shape: [2], elements: elements)])
    }

    @Test func `raw contents are little-endian, and byte strings follow their lengths`() throws {
        let integers = try TensorElements.int32([1, -2]).rawContents()
        #expect(integers == Data([1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF]))
        let strings = try TensorElements.bytes([[7, 8]]).rawContents()
        #expect(strings == Data([2, 0, 0, 0, 7, 8]))
    }

    @Test(
        arguments: [
            ("FP32", [2], [0, 0, 0, 0], "2 elements of FP32"),
            ("FP32", [1], [0, 0, 0, 0, 0], "found raw_input_contents of 5 bytes"),
            ("FP64", [1 << 40, 1 << 40], [], "product is below 2^63"),
            ("FP64", [1 << 61], [], "are expected to take 8 bytes each"),
            ("FP32", [-1], [], "sizes of 0 or more"),
            ("FP31", [1], [0, 0, 0, 0], "did you mean 'FP32'?"),
            ("BOOL", [1], [2], "bytes 0 and 1"),
            ("BYTES", [1], [5, 0, 0, 0, 1], "said to have 5 bytes"),
            ("BYTES", [1], [255, 255, 255, 255], "said to have 4294967295 bytes"),
            ("BYTES", [1], [0, 0, 0, 0, 9], "1 bytes are left"),
            ("BYTES", [1 << 40], [], "at most"),
        ] as [(String, [Int64], [UInt8], String)])
    func `raw contents that lie are refused`(_ datatype: String, _ shape: [Int64], _ raw: [UInt8], _ reason: String) {
        let refusal = Self.refusal(Self.message(datatype, shape, raw: raw))
        #expect(refusal?.contains(reason) == true, "\(refusal ?? "taken")")
    }

    // MARK: Requests

    @Test func `a request without inputs, and one with too many, is refused`() {
        #expect(Self.refusal(.init())?.contains("at least one input") == true)
        let many = Self.refusal(.with { $0.inputs = Array(repeating: Self.input("FP32", [0]), count: 257) })
        #expect(many?.contains("at most 256 inputs") == true)
    }

    @Test func `an input that comes twice, or without a name, is refused`() {
        let twice = Self.refusal(.with { $0.inputs = [Self.input("FP32", [0]), Self.input("FP32", [0])] })
        #expect(twice?.contains("'x' twice") == true)
        let nameless = Self.refusal(.with { $0.inputs = [.with { ($0.datatype, $0.shape) = ("FP32", [0]) }] })
        #expect(nameless?.contains("no name") == true)
    }

    @Test func `raw contents that are fewer than the inputs, or beside typed ones, are refused`() {
        var message = Self.message("FP32", [0], raw: [])
        message.rawInputContents.append(Data())
        #expect(Self.refusal(message)?.contains("raw_input_contents for each of the 1 inputs") == true)
        let both = Self.refusal(
            .with {
                $0.inputs = [Self.input("FP32", [1], .with { $0.fp32Contents = [1] })]
                $0.rawInputContents = [Data([0, 0, 0, 0])]
            })
        #expect(both?.contains("found both") == true)
    }

    @Test func `parameters are read as Triton writes them`() throws {
        let request = try Self.read(
            .with {
                $0.id = "seven"
                $0.inputs = [Self.input("FP32", [0])]
                $0.parameters = [
                    "priority": .with { $0.uint64Param = 2 }, "timeout": .with { $0.int64Param = 1_500 },
                    "sequence_id": .with { $0.int64Param = 3 }, "color": .with { $0.stringParam = "red" },
                ]
                $0.outputs = [.with { ($0.name, $0.parameters) = ("y", ["classification": .with { $0.int64Param = 3 }]) }]
            })
        #expect(request.id == "seven")
        #expect(request.priority == 2)
        #expect(request.timeout == .microseconds(1_500))
        #expect(request.parameters == ["sequence_id": 3, "color": "red"])
        #expect(request.outputs == [RequestedOutput("y", isBinary: true, classCount: 3)])
    }

    @Test(arguments: [
        Inference_InferParameter.with { $0.int64Param = -1 }, .with { $0.stringParam = "1" }, .with { $0.doubleParam = 1 }, .init(),
    ])
    func `a timeout that is no count is refused`(_ parameter: Inference_InferParameter) {
        let refusal = Self.refusal(.with { ($0.inputs, $0.parameters) = ([Self.input("FP32", [0])], ["timeout": parameter]) })
        #expect(refusal?.contains("parameter 'timeout'") == true)
    }

    @Test func `a tensor in shared memory is not implemented`() {
        var message = Self.message("FP32", [1], raw: [0, 0, 0, 0])
        message.inputs[0].parameters["shared_memory_region"] = .with { $0.stringParam = "region" }
        let request = message
        let error = #expect(throws: RPCError.self) { _ = try Self.read(request) }
        #expect(error?.code == .unimplemented)
    }
}
#endif
