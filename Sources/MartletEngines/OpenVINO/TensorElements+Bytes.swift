package import MartletCore

extension TensorElements {
    /// Lends the elements as they lie in memory; nothing of byte strings, which do not lie together.
    package func withUnsafeBytes<Answer>(_ body: (UnsafeRawBufferPointer) throws -> Answer) rethrows -> Answer {
        switch self {
        case .bool(let elements): try elements.withUnsafeBytes(body)
        case .uint8(let elements): try elements.withUnsafeBytes(body)
        case .uint16(let elements), .float16(let elements), .bfloat16(let elements): try elements.withUnsafeBytes(body)
        case .uint32(let elements): try elements.withUnsafeBytes(body)
        case .uint64(let elements): try elements.withUnsafeBytes(body)
        case .int8(let elements): try elements.withUnsafeBytes(body)
        case .int16(let elements): try elements.withUnsafeBytes(body)
        case .int32(let elements): try elements.withUnsafeBytes(body)
        case .int64(let elements): try elements.withUnsafeBytes(body)
        case .float32(let elements): try elements.withUnsafeBytes(body)
        case .float64(let elements): try elements.withUnsafeBytes(body)
        case .bytes: try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    /// Copies elements out of memory; `nil` for byte strings. Bytes beyond the last whole element are left out.
    package init?(_ datatype: TensorDatatype, copying bytes: UnsafeRawBufferPointer) {
        switch datatype {
        case .bool: self = .bool(bytes.map { $0 != 0 })
        case .uint8: self = .uint8(Self.copy(bytes))
        case .uint16: self = .uint16(Self.copy(bytes))
        case .uint32: self = .uint32(Self.copy(bytes))
        case .uint64: self = .uint64(Self.copy(bytes))
        case .int8: self = .int8(Self.copy(bytes))
        case .int16: self = .int16(Self.copy(bytes))
        case .int32: self = .int32(Self.copy(bytes))
        case .int64: self = .int64(Self.copy(bytes))
        case .float16: self = .float16(Self.copy(bytes))
        case .bfloat16: self = .bfloat16(Self.copy(bytes))
        case .float32: self = .float32(Self.copy(bytes))
        case .float64: self = .float64(Self.copy(bytes))
        case .bytes: return nil
        }
    }

    private static func copy<Number: BitwiseCopyable>(_ bytes: UnsafeRawBufferPointer) -> [Number] {
        let count = bytes.count / MemoryLayout<Number>.stride
        return [Number](unsafeUninitializedCapacity: count) { numbers, filled in
            UnsafeMutableRawBufferPointer(numbers).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Number>.stride)]))
            filled = count
        }
    }
}
