import MartletCore

/// One output of an answer, as it is written.
struct OutputPart {
    let tensor: Tensor
    let isBinary: Bool

    /// At most how many bytes it takes in all.
    var sizeMaxBytes: Int {
        let head = 128 + JSONWriter.quotedSizeBytes(tensor.name.utf8) + tensor.shape.count * (JSONWriter.integerSizeMaxBytes + 1)
        return head + (isBinary ? binarySizeBytes : dataSizeMaxBytes)
    }

    private var binarySizeBytes: Int {
        guard case .bytes(let strings) = tensor.elements else { return tensor.elements.count * (tensor.datatype.sizeBytes ?? 0) }
        return strings.reduce(0) { $0 + 4 + $1.count }
    }

    private var dataSizeMaxBytes: Int {
        switch tensor.elements {
        case .bool(let elements): elements.count * 6
        case .float64(let elements): elements.count * (JSONWriter.doubleSizeMaxBytes + 1)
        case .float16, .bfloat16, .float32: tensor.elements.count * (JSONWriter.floatSizeMaxBytes + 1)
        case .bytes(let strings): strings.reduce(0) { $0 + JSONWriter.quotedSizeBytes($1) + 1 }
        default: tensor.elements.count * (JSONWriter.integerSizeMaxBytes + 1)
        }
    }

    // MARK: JSON

    func writeJSON(to writer: inout JSONWriter) throws {
        writer.write("{\"name\":")
        writer.write(quoted: tensor.name)
        writer.write(",\"datatype\":\"")
        for byte in tensor.datatype.rawValue.utf8 { writer.write(byte: byte) }
        writer.write("\",\"shape\":[")
        for (index, size) in tensor.shape.enumerated() {
            if index > 0 { writer.write(byte: UInt8(ascii: ",")) }
            writer.write(size)
        }
        if isBinary {
            writer.write("],\"parameters\":{\"binary_data_size\":")
            writer.write(binarySizeBytes)
            writer.write("}}")
        } else {
            writer.write("],\"data\":[")
            try writeData(to: &writer)
            writer.write("]}")
        }
    }

    private func writeData(to writer: inout JSONWriter) throws {
        switch tensor.elements {
        case .bool(let elements): writeList(elements, to: &writer) { $0.write($1 ? "true" : "false") }
        case .uint8(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .uint16(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .uint32(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .uint64(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .int8(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .int16(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .int32(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .int64(let elements): writeList(elements, to: &writer) { $0.write($1) }
        case .float16(let elements): try writeList(elements, to: &writer) { try write(NarrowFormat.float16.float($1), to: &$0) }
        case .bfloat16(let elements): try writeList(elements, to: &writer) { try write(NarrowFormat.bfloat16.float($1), to: &$0) }
        case .float32(let elements): try writeList(elements, to: &writer) { try write($1, to: &$0) }
        case .float64(let elements): try writeList(elements, to: &writer) { try write($1, to: &$0) }
        case .bytes(let elements): try writeList(elements, to: &writer) { try write($1, to: &$0) }
        }
    }

    @inline(__always) private func writeList<Element>(
        _ elements: [Element], to writer: inout JSONWriter, _ write: (inout JSONWriter, Element) throws -> Void
    ) rethrows {
        for index in elements.indices {
            if index > 0 { writer.write(byte: UInt8(ascii: ",")) }
            try write(&writer, elements[index])
        }
    }

    @inline(__always) private func write(_ number: Double, to writer: inout JSONWriter) throws {
        if number.isFinite { writer.write(number) } else { try writeMissing(number.isNaN, to: &writer) }
    }

    @inline(__always) private func write(_ number: Float, to writer: inout JSONWriter) throws {
        if number.isFinite { writer.write(number) } else { try writeMissing(number.isNaN, to: &writer) }
    }

    private func writeMissing(_ isMissing: Bool, to writer: inout JSONWriter) throws {
        guard isMissing else { throw refusal("has an infinite number, which JSON cannot say") }
        writer.write("null")
    }

    private func write(_ text: [UInt8], to writer: inout JSONWriter) throws {
        let isText = text.reduce(0, |) < 0x80 || String(validating: text, as: UTF8.self) != nil
        guard isText else { throw refusal("has bytes that are not UTF-8, which JSON cannot say") }
        text.withUnsafeBufferPointer { writer.write(quoted: $0) }
    }

    private func refusal(_ reason: String) -> MartletError {
        MartletError(.invalidInput, "output '\(tensor.name)' \(reason); ask for it with the parameter \"binary_data\": true")
    }

    // MARK: Binary

    func writeBinary(to writer: inout JSONWriter) {
        switch tensor.elements {
        case .bool(let elements): for element in elements { writer.write(byte: element ? 1 : 0) }
        case .uint8(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .uint16(let elements), .float16(let elements), .bfloat16(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .uint32(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .uint64(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .int8(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .int16(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .int32(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .int64(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .float32(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .float64(let elements): elements.withUnsafeBytes { writer.write($0) }
        case .bytes(let strings):
            for string in strings {
                withUnsafeBytes(of: UInt32(truncatingIfNeeded: string.count).littleEndian) { writer.write($0) }
                string.withUnsafeBytes { writer.write($0) }
            }
        }
    }
}
