#if GRPC
import Foundation
import MartletCore
import MartletServer

/// Reads one input of an inference request of gRPC.
struct InputMessageReader {
    private let input: Inference_ModelInferRequest.InferInputTensor
    private let datatype: TensorDatatype
    private let shape: [Int]
    /// The product of the shape.
    private let count: Int

    /// Checks what the input says of itself.
    init(_ input: Inference_ModelInferRequest.InferInputTensor, limits: InferRequestDecoder.Limits) throws {
        self.input = input
        guard let datatype = TensorDatatype(rawValue: input.datatype) else {
            let names = TensorDatatype.allCases.map(\.rawValue)
            let hint = nearest(to: String(input.datatype.prefix(20)), among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw Self.refusal(
                input, "expected a datatype of \(names.joined(separator: ", ")), found '\(input.datatype.prefix(20))'\(hint)")
        }
        self.datatype = datatype
        guard input.shape.count <= limits.rankMax else {
            throw Self.refusal(input, "expected at most \(limits.rankMax) dimensions, found \(input.shape.count)")
        }
        var count = 1
        for size in input.shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: Int(size))
            guard size >= 0, !overflows else {
                throw Self.refusal(input, "expected sizes of 0 or more whose product is below 2^63, found shape \(input.shape)")
            }
            count = product
        }
        guard datatype != .bytes || count <= limits.bytesElementCountMax else {
            throw Self.refusal(input, "expected at most \(limits.bytesElementCountMax) elements of BYTES, found shape \(input.shape)")
        }
        self.count = count
        shape = input.shape.map(Int.init)
    }

    private static func refusal(_ input: Inference_ModelInferRequest.InferInputTensor, _ reason: String) -> MartletError {
        MartletError(.invalidInput, "input '\(input.name.prefix(60))': \(reason)")
    }

    private func refusal(_ reason: String) -> MartletError { Self.refusal(input, reason) }

    // MARK: Raw contents

    /// The tensor whose elements are bytes as they lie in memory, little-endian.
    func tensor(raw: Data) throws -> Tensor {
        guard !input.hasContents else { throw refusal("expected either contents or raw_input_contents, found both") }
        if let elementSize = datatype.sizeBytes {
            let (size, overflows) = count.multipliedReportingOverflow(by: elementSize)
            guard !overflows, size == raw.count else {
                throw refusal(
                    "\(count) elements of \(datatype.rawValue) are expected to take \(elementSize) bytes each, "
                        + "found raw_input_contents of \(raw.count) bytes")
            }
        }
        let elements = try raw.withUnsafeBytes { bytes in
            var reader = BinaryTensorReader(bytes)
            return try reader.elements(datatype, count: count, sizeBytes: raw.count, of: String(input.name.prefix(60)))
        }
        return Tensor(name: input.name, shape: shape, elements: elements)
    }

    // MARK: Typed contents

    /// The tensor whose elements are a list of their own kind.
    func tensor() throws -> Tensor {
        let elements = try typedElements(input.contents)
        guard elements.count == count else {
            throw refusal("expected \(count) elements in its contents since the shape is \(shape), found \(elements.count)")
        }
        guard input.contents.elementCount == count else {
            throw refusal("expected contents of one kind, found others beside those of \(datatype.rawValue)")
        }
        return Tensor(name: input.name, shape: shape, elements: elements)
    }

    private func typedElements(_ contents: Inference_InferTensorContents) throws -> TensorElements {
        switch datatype {
        case .bool: .bool(contents.boolContents)
        case .uint8: .uint8(try narrowed(contents.uintContents))
        case .uint16: .uint16(try narrowed(contents.uintContents))
        case .uint32: .uint32(contents.uintContents)
        case .uint64: .uint64(contents.uint64Contents)
        case .int8: .int8(try narrowed(contents.intContents))
        case .int16: .int16(try narrowed(contents.intContents))
        case .int32: .int32(contents.intContents)
        case .int64: .int64(contents.int64Contents)
        case .float16, .bfloat16:
            throw refusal("\(datatype.rawValue) has no contents of its own in this protocol; send raw_input_contents")
        case .float32: .float32(contents.fp32Contents)
        case .float64: .float64(contents.fp64Contents)
        case .bytes: .bytes(contents.bytesContents.map([UInt8].init))
        }
    }

    private func narrowed<Narrow: FixedWidthInteger>(_ values: [some FixedWidthInteger]) throws -> [Narrow] {
        try values.indices.map { index in
            guard let narrow = Narrow(exactly: values[index]) else {
                throw refusal(
                    "expected numbers from \(Narrow.min) to \(Narrow.max) in \(datatype.rawValue), found another in element \(index)")
            }
            return narrow
        }
    }
}

extension Inference_InferTensorContents {
    /// The elements of all kinds together.
    fileprivate var elementCount: Int {
        boolContents.count + intContents.count + int64Contents.count + uintContents.count + uint64Contents.count + fp32Contents.count
            + fp64Contents.count + bytesContents.count
    }
}
#endif
