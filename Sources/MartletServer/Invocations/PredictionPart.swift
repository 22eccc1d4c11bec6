import MartletCore

/// One output as nested lists.
struct PredictionPart {
    let tensor: Tensor

    init(_ tensor: Tensor) { self.tensor = tensor }

    /// At most how many bytes it takes, with its name.
    var sizeMaxBytes: Int {
        var (listCount, size) = (1, 1)
        for dimension in tensor.shape {
            size *= dimension
            listCount += size
        }
        return 8 + JSONWriter.quotedSizeBytes(tensor.name.utf8) + 3 * listCount + elementsSizeMaxBytes
    }

    private var elementsSizeMaxBytes: Int {
        switch tensor.elements {
        case .float64(let elements): elements.count * (JSONWriter.doubleSizeMaxBytes + 1)
        case .bytes(let texts): texts.reduce(0) { $0 + JSONWriter.quotedSizeBytes($1) + 1 }
        default: tensor.elements.count * (JSONWriter.integerSizeMaxBytes + 1)
        }
    }

    func write(to writer: inout JSONWriter) throws {
        switch tensor.elements {
        case .bool(let elements): try write(elements, to: &writer) { $0.write($1 ? "true" : "false") }
        case .uint8(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .uint16(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .uint32(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .uint64(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .int8(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .int16(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .int32(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .int64(let elements): try write(elements, to: &writer) { $0.write($1) }
        case .float16(let elements): try write(elements, to: &writer) { try number(NarrowFormat.float16.float($1), to: &$0) }
        case .bfloat16(let elements): try write(elements, to: &writer) { try number(NarrowFormat.bfloat16.float($1), to: &$0) }
        case .float32(let elements): try write(elements, to: &writer) { try number($1, to: &$0) }
        case .float64(let elements): try write(elements, to: &writer) { try number($1, to: &$0) }
        case .bytes(let elements): try write(elements, to: &writer) { try text($1, to: &$0) }
        }
    }

    // MARK: Lists

    @inline(__always) private func write<Element>(
        _ elements: [Element], to writer: inout JSONWriter, _ one: (inout JSONWriter, Element) throws -> Void
    ) throws {
        var index = 0
        try writeList(0, elements, &index, to: &writer, one)
    }

    private func writeList<Element>(
        _ depth: Int, _ elements: [Element], _ index: inout Int, to writer: inout JSONWriter,
        _ one: (inout JSONWriter, Element) throws -> Void
    ) throws {
        guard depth < tensor.shape.count else {
            try one(&writer, elements[index])
            index += 1
            return
        }
        writer.write(byte: UInt8(ascii: "["))
        for place in 0..<tensor.shape[depth] {
            if place > 0 { writer.write(byte: UInt8(ascii: ",")) }
            try writeList(depth + 1, elements, &index, to: &writer, one)
        }
        writer.write(byte: UInt8(ascii: "]"))
    }

    // MARK: Elements

    private func number(_ number: Double, to writer: inout JSONWriter) throws {
        if number.isFinite { writer.write(number) } else { try missing(number.isNaN, to: &writer) }
    }

    private func number(_ number: Float, to writer: inout JSONWriter) throws {
        if number.isFinite { writer.write(number) } else { try missing(number.isNaN, to: &writer) }
    }

    private func missing(_ isMissing: Bool, to writer: inout JSONWriter) throws {
        guard isMissing else { throw refusal("an infinite number") }
        writer.write("null")
    }

    private func text(_ text: [UInt8], to writer: inout JSONWriter) throws {
        guard text.reduce(0, |) < 0x80 || String(validating: text, as: UTF8.self) != nil else { throw refusal("bytes that are not UTF-8") }
        text.withUnsafeBufferPointer { writer.write(quoted: $0) }
    }

    private func refusal(_ reason: String) -> MartletError {
        MartletError(
            .invalidInput, "output '\(tensor.name)' has \(reason), for which JSON has no word; ask for it in binary form under /v2/models")
    }
}
