package import MartletCore

extension TensorSignature {
    /// The size that free dimensions get in examples, but for the rows.
    private static let exampleLength = 16

    /// Inputs that fit, of so many rows: zeros, and a sentence where texts are wanted.
    package func example(rows: Int) -> [Tensor] {
        inputs.map { entry in
            var shape = entry.shape.map { $0 == -1 ? Self.exampleLength : $0 }
            if hasIndependentRows, !shape.isEmpty { shape[0] = rows }
            return Tensor(name: entry.name, shape: shape, elements: .examples(entry.datatype, count: shape.reduce(1, *)))
        }
    }
}

extension TensorElements {
    /// Zeros, or sentences of a few words.
    static func examples(_ datatype: TensorDatatype, count: Int) -> TensorElements {
        switch datatype {
        case .bool: .bool(Array(repeating: false, count: count))
        case .uint8: .uint8(Array(repeating: 0, count: count))
        case .uint16: .uint16(Array(repeating: 0, count: count))
        case .uint32: .uint32(Array(repeating: 0, count: count))
        case .uint64: .uint64(Array(repeating: 0, count: count))
        case .int8: .int8(Array(repeating: 0, count: count))
        case .int16: .int16(Array(repeating: 0, count: count))
        case .int32: .int32(Array(repeating: 0, count: count))
        case .int64: .int64(Array(repeating: 0, count: count))
        case .float16: .float16(Array(repeating: 0, count: count))
        case .bfloat16: .bfloat16(Array(repeating: 0, count: count))
        case .float32: .float32(Array(repeating: 0, count: count))
        case .float64: .float64(Array(repeating: 0, count: count))
        case .bytes: .bytes(Array(repeating: Array("a small bird that never lands on the ground".utf8), count: count))
        }
    }
}
