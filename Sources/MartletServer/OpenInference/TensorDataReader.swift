import MartletCore

/// Reads the `data` of a tensor, flat or nested as its shape is, straight into an array of its datatype.
struct TensorDataReader {
    let shape: [Int]
    /// The product of the shape.
    let count: Int

    /// Passes the array. `bytesCountMax` limits byte strings, which take much more memory than text.
    func elements(_ datatype: TensorDatatype, from cursor: inout JSONCursor, bytesCountMax: Int) throws -> TensorElements {
        switch datatype {
        case .bool: return .bool(try values(from: &cursor, few: { _, _ in 0 }, one: { try $0.truth() }))
        case .uint8: return .uint8(try integers(from: &cursor))
        case .uint16: return .uint16(try integers(from: &cursor))
        case .uint32: return .uint32(try integers(from: &cursor))
        case .uint64: return .uint64(try integers(from: &cursor))
        case .int8: return .int8(try integers(from: &cursor))
        case .int16: return .int16(try integers(from: &cursor))
        case .int32: return .int32(try integers(from: &cursor))
        case .int64: return .int64(try integers(from: &cursor))
        case .float16: return .float16(try values(from: &cursor, few: { _, _ in 0 }, one: { try $0.bits(.float16) }))
        case .bfloat16: return .bfloat16(try values(from: &cursor, few: { _, _ in 0 }, one: { try $0.bits(.bfloat16) }))
        case .float32: return .float32(try values(from: &cursor, few: { $0.floats(into: $1) }, one: { try $0.float() }))
        case .float64: return .float64(try values(from: &cursor, few: { $0.doubles(into: $1) }, one: { try $0.double() }))
        case .bytes:
            guard count <= bytesCountMax else { throw cursor.fault("at most \(bytesCountMax) elements of BYTES") }
            return .bytes(try values(from: &cursor, few: { _, _ in 0 }, one: { try $0.utf8($0.text()) }))
        }
    }

    private func integers<Integer: FixedWidthInteger>(from cursor: inout JSONCursor) throws -> [Integer] {
        try values(from: &cursor, few: { $0.integers(into: $1) }, one: { try $0.integer() })
    }

    /// - Parameters:
    ///   - few: reads elements of usual form as long as they come, each with its comma.
    ///   - one: reads any element.
    @inline(__always) private func values<Value>(
        from cursor: inout JSONCursor, few: (inout JSONCursor, Slice<UnsafeMutableBufferPointer<Value>>) -> Int,
        one: (inout JSONCursor) throws -> Value
    ) throws -> [Value] {
        try cursor.openArray()
        // Each element takes a byte and a comma at least, so a shape that lies makes no room.
        guard count <= (cursor.bytes.count - cursor.position + 1) / 2 else { throw cursor.fault(expectation) }
        let depth = try openRows(&cursor)
        let values = try [Value](unsafeUninitializedCapacity: count) { buffer, filled in
            let rowSize = depth == 0 ? count : shape[depth]
            repeat {
                try readRow(of: rowSize, into: buffer, &filled, from: &cursor, few, one)
            } while try nextRow(after: filled, depth, &cursor)
        }
        return values
    }

    @inline(__always) private func readRow<Value>(
        of size: Int, into buffer: UnsafeMutableBufferPointer<Value>, _ filled: inout Int, from cursor: inout JSONCursor,
        _ few: (inout JSONCursor, Slice<UnsafeMutableBufferPointer<Value>>) -> Int, _ one: (inout JSONCursor) throws -> Value
    ) throws {
        let end = filled + size
        while filled < end {
            cursor.skipSpace()
            // The last one of a row has no comma.
            filled += few(&cursor, buffer[filled..<end - 1])
            cursor.skipSpace()
            buffer.initializeElement(at: filled, to: try one(&cursor))
            filled += 1
            cursor.skipSpace()
            guard filled == end || cursor.take(UInt8(ascii: ",")) else { throw cursor.fault(expectation) }
        }
    }

    // MARK: Rows

    /// Passes the brackets before the first element. - Returns: how deep elements stand below the outermost array.
    private func openRows(_ cursor: inout JSONCursor) throws -> Int {
        guard cursor.peek == UInt8(ascii: "["), shape.count > 1 else { return 0 }
        guard count > 0 else { throw cursor.fault("a flat array, since the tensor is empty") }
        for _ in 1..<shape.count { try cursor.openArray() }
        return shape.count - 1
    }

    /// Passes the brackets after a row and before the next one. - Returns: false after the outermost one.
    @inline(__always) private func nextRow(after filled: Int, _ depth: Int, _ cursor: inout JSONCursor) throws -> Bool {
        guard depth > 0 else {
            try closeArray(&cursor)
            return false
        }
        return try nextNestedRow(after: filled, &cursor)
    }

    /// An array ends exactly where the elements so far are a multiple of those that it holds.
    private func nextNestedRow(after filled: Int, _ cursor: inout JSONCursor) throws -> Bool {
        var size = 1
        var closed = 0
        for dimension in shape.reversed() {
            size *= dimension
            guard filled % size == 0 else { break }
            try closeArray(&cursor)
            closed += 1
        }
        guard closed < shape.count else { return false }
        cursor.skipSpace()
        guard cursor.take(UInt8(ascii: ",")) else { throw cursor.fault(expectation) }
        for _ in 0..<closed {
            cursor.skipSpace()
            guard cursor.peek == UInt8(ascii: "[") else { throw cursor.fault(expectation) }
            try cursor.openArray()
        }
        return true
    }

    private func closeArray(_ cursor: inout JSONCursor) throws {
        cursor.skipSpace()
        guard cursor.closesArray() else { throw cursor.fault(expectation) }
    }

    private var expectation: String {
        "\(count) element\(count == 1 ? "" : "s") in the data, flat or nested, since the shape is \(shape)"
    }
}

extension JSONCursor {
    /// Passes `true` or 1, `false` or 0.
    fileprivate mutating func truth() throws -> Bool {
        switch peek {
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return try boolean()
        default:
            let start = position
            let digit: UInt8 = try integer()
            guard digit <= 1 else { throw JSONFault(position: start, expected: "true, false, 1 or 0") }
            return digit == 1
        }
    }
}
