import MartletCore

/// Random tensors, with the edges of their datatypes among the elements.
struct TensorGenerator {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func tensors(_ count: Int) -> [Tensor] {
        (0..<count).map { index in
            let kind = TensorDatatype.allCases[random.index(below: TensorDatatype.allCases.count)]
            return tensor("x\(index)", kind)
        }
    }

    mutating func tensor(_ name: String, _ datatype: TensorDatatype) -> Tensor {
        let shape = (0..<random.index(below: 4)).map { _ in random.index(below: 12) == 0 ? 0 : 1 + random.index(below: 5) }
        return Tensor(name: name, shape: shape, elements: elements(datatype, shape.reduce(1, *)))
    }

    mutating func elements(_ datatype: TensorDatatype, _ count: Int) -> TensorElements {
        switch datatype {
        case .bool: .bool((0..<count).map { _ in random.next() & 1 == 1 })
        case .uint8: .uint8(integers(count))
        case .uint16: .uint16(integers(count))
        case .uint32: .uint32(integers(count))
        case .uint64: .uint64(integers(count))
        case .int8: .int8(integers(count))
        case .int16: .int16(integers(count))
        case .int32: .int32(integers(count))
        case .int64: .int64(integers(count))
        case .float16: .float16((0..<count).map { _ in narrow(infinity: 0x7C00, nan: 0x7E00) })
        case .bfloat16: .bfloat16((0..<count).map { _ in narrow(infinity: 0x7F80, nan: 0x7FC0) })
        case .float32: .float32((0..<count).map { _ in float() })
        case .float64: .float64((0..<count).map { _ in double() })
        case .bytes: .bytes((0..<count).map { _ in text() })
        }
    }

    private mutating func integers<Integer: FixedWidthInteger>(_ count: Int) -> [Integer] {
        (0..<count).map { _ in
            switch random.index(below: 6) {
            case 0: [Integer.min, .max, 0, 1][random.index(below: 4)]
            case 1: Integer(truncatingIfNeeded: random.next())
            default: Integer(truncatingIfNeeded: random.next() % 100)
            }
        }
    }

    private mutating func narrow(infinity: UInt16, nan: UInt16) -> UInt16 {
        let bits = UInt16(truncatingIfNeeded: random.next())
        return bits & infinity == infinity ? nan : bits
    }

    mutating func float() -> Float {
        switch random.index(below: 8) {
        case 0: return [0, -0.0, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -1, 16_777_216][random.index(below: 7)]
        case 1, 2:
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            return value.isFinite ? value : .nan
        case 3: return Float(random.index(below: 2_000_000) - 1_000_000)
        default: return Float(random.index(below: 2_000_000) - 1_000_000) / 1_000
        }
    }

    mutating func double() -> Double {
        switch random.index(below: 8) {
        case 0: return [0, -0.0, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 9_007_199_254_740_992][random.index(below: 7)]
        case 1, 2:
            let value = Double(bitPattern: random.next())
            return value.isFinite ? value : .nan
        case 3: return random.unit()
        default: return Double(random.index(below: 2_000_000_000) - 1_000_000_000) / 1_000_000
        }
    }

    private mutating func text() -> [UInt8] {
        let parts = ["a", "store 7", "\"", "\\", "\n", "\u{1}", "/", "ü", "🐦", "", "\u{7f}", "日本"]
        return Array((0..<random.index(below: 4)).map { _ in parts[random.index(below: parts.count)] }.joined().utf8)
    }
}

extension TensorElements {
    /// The elements as bytes, so that NaN is equal to itself and 0 is not equal to -0.
    var exact: [[UInt8]] {
        switch self {
        case .bool(let elements): elements.map { [$0 ? 1 : 0] }
        case .uint8(let elements): elements.map(Self.bytes)
        case .uint16(let elements), .float16(let elements), .bfloat16(let elements): elements.map(Self.bytes)
        case .uint32(let elements): elements.map(Self.bytes)
        case .uint64(let elements): elements.map(Self.bytes)
        case .int8(let elements): elements.map(Self.bytes)
        case .int16(let elements): elements.map(Self.bytes)
        case .int32(let elements): elements.map(Self.bytes)
        case .int64(let elements): elements.map(Self.bytes)
        case .float32(let elements): elements.map { Self.bytes($0.bitPattern) }
        case .float64(let elements): elements.map { Self.bytes($0.bitPattern) }
        case .bytes(let elements): elements
        }
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
