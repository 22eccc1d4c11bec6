package import MartletCore

#if _endian(big)
#error("binary tensors are little-endian and are copied as they are")
#endif

/// Takes binary tensors one after another from the bytes that follow a request's JSON.
package struct BinaryTensorReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// Makes a reader.
    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// How many bytes no tensor has taken.
    package var restSizeBytes: Int { bytes.count - position }

    /// The next tensor's elements. `input` names it in messages; `count` is the product of its shape.
    package mutating func elements(
        _ datatype: TensorDatatype, count: Int, sizeBytes: Int, of input: String
    ) throws -> TensorElements {
        guard sizeBytes <= restSizeBytes else {
            throw MartletError(
                .invalidInput,
                "input '\(input)': binary_data_size is \(sizeBytes), but only \(restSizeBytes) bytes are left after the JSON; "
                    + "check the header Inference-Header-Content-Length and the inputs before this one"
            )
        }
        let part = UnsafeRawBufferPointer(rebasing: bytes[position..<position + sizeBytes])
        position += sizeBytes
        guard let elementSize = datatype.sizeBytes else { return .bytes(try strings(part, count, of: input)) }
        let (expected, overflows) = count.multipliedReportingOverflow(by: elementSize)
        guard !overflows, expected == sizeBytes else {
            throw MartletError(
                .invalidInput,
                "input '\(input)': \(count) elements of \(datatype.rawValue) are expected to take \(elementSize) bytes each, "
                    + "found binary_data_size \(sizeBytes)"
            )
        }
        return try numbers(datatype, part, count, of: input)
    }

    private func numbers(
        _ datatype: TensorDatatype, _ part: UnsafeRawBufferPointer, _ count: Int, of input: String
    ) throws -> TensorElements {
        switch datatype {
        case .bool: .bool(try truths(part, of: input))
        case .uint8: .uint8(copied(part, count))
        case .uint16: .uint16(copied(part, count))
        case .uint32: .uint32(copied(part, count))
        case .uint64: .uint64(copied(part, count))
        case .int8: .int8(copied(part, count))
        case .int16: .int16(copied(part, count))
        case .int32: .int32(copied(part, count))
        case .int64: .int64(copied(part, count))
        case .float16: .float16(copied(part, count))
        case .bfloat16: .bfloat16(copied(part, count))
        case .float32: .float32(copied(part, count))
        case .float64: .float64(copied(part, count))
        case .bytes: .bytes(try strings(part, count, of: input))
        }
    }

    /// The bytes as numbers, every pattern of which is a number.
    private func copied<Number: BitwiseCopyable>(_ part: UnsafeRawBufferPointer, _ count: Int) -> [Number] {
        [Number](unsafeUninitializedCapacity: count) { buffer, filled in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: part)
            filled = count
        }
    }

    private func truths(_ part: UnsafeRawBufferPointer, of input: String) throws -> [Bool] {
        guard part.reduce(0, |) <= 1 else {
            let place = part.firstIndex { $0 > 1 } ?? 0
            throw MartletError(.invalidInput, "input '\(input)': expected bytes 0 and 1 in BOOL, found \(part[place]) in element \(place)")
        }
        return part.map { $0 == 1 }
    }

    /// Byte strings, each after its length in four bytes.
    private func strings(_ part: UnsafeRawBufferPointer, _ count: Int, of input: String) throws -> [[UInt8]] {
        func refusal(_ reason: String) -> MartletError { MartletError(.invalidInput, "input '\(input)': \(reason)") }
        let lengthSize = 4
        guard count <= part.count / lengthSize else {
            throw refusal("\(count) elements of BYTES take \(lengthSize) bytes each at least, found binary_data_size \(part.count)")
        }
        var strings: [[UInt8]] = []
        strings.reserveCapacity(count)
        var place = 0
        for element in 0..<count {
            guard part.count - place >= lengthSize else { throw refusal("expected the length of element \(element), found the end") }
            let length = Int(UInt32(littleEndian: part.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            place += lengthSize
            guard length <= part.count - place else {
                throw refusal("element \(element) of BYTES is said to have \(length) bytes, but \(part.count - place) are left")
            }
            strings.append([UInt8](part[place..<place + length]))
            place += length
        }
        guard place == part.count else { throw refusal("\(part.count - place) bytes are left after its \(count) elements of BYTES") }
        return strings
    }
}
