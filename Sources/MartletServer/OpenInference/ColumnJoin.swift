import MartletCore

/// Makes the matrix that a model takes of columns that come one by one, each named for its feature: `[rows]` or `[rows, 1]`.
///
/// Columns are numbers of any datatype. The matrix is of a datatype that the model takes: of doubles where columns need them and it
/// takes them.
struct ColumnJoin: Sendable {
    /// The features' names, in the matrix's order.
    let names: [String]
    private let positions: [String: Int]
    private let input: TensorSignature.Entry

    /// `nil` where the signature has no matrix with named columns.
    init?(_ signature: TensorSignature) {
        guard let names = signature.featureNames, let input = signature.inputs.first, signature.inputs.count == 1 else { return nil }
        self.names = names
        self.input = input
        positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a feature has this name.
    func has(_ name: String) -> Bool { positions[name] != nil }

    /// The matrix, under the input's name.
    /// - Throws: `invalidInput` where a feature is unknown, missing or twice, is no numbers, or has other rows.
    func joined(_ tensors: [Tensor]) throws -> Tensor {
        let columns = try ordered(tensors)
        let rowCount = columns.first?.rowCount ?? 0
        for column in columns {
            guard column.shape == [rowCount] || column.shape == [rowCount, 1] else {
                throw SignatureCheck.refusal(
                    column.name, "expected shape [\(rowCount)] or [\(rowCount), 1], like the other columns, found \(column.shape)"
                )
            }
            guard column.datatype != .bytes else { throw SignatureCheck.refusal(column.name, "expected numbers, found BYTES") }
        }
        return Tensor(name: input.name, shape: [rowCount, names.count], elements: try matrix(columns, rowCount))
    }

    private func ordered(_ tensors: [Tensor]) throws -> [Tensor] {
        var found = [Tensor?](repeating: nil, count: names.count)
        for tensor in tensors {
            guard let position = positions[tensor.name] else {
                throw SignatureCheck.refusal(tensor.name, "expected a feature of the model like the other inputs; it has no such one")
            }
            guard found[position] == nil else { throw SignatureCheck.refusal(tensor.name, "expected once, found twice") }
            found[position] = tensor
        }
        let columns = found.compactMap(\.self)
        guard columns.count == names.count else {
            let missing = zip(names, found).filter { $1 == nil }.map { "'\($0.0)'" }
            throw MartletError(
                .invalidInput,
                "expected all \(names.count) features as columns, missing \(missing.prefix(5).joined(separator: ", "))"
                    + (missing.count > 5 ? " and \(missing.count - 5) more" : "")
            )
        }
        return columns
    }

    private func matrix(_ columns: [Tensor], _ rowCount: Int) throws -> TensorElements {
        switch try datatype(columns) {
        case .float32: .float32(filled(columns, rowCount))
        default: .float64(filled(columns, rowCount))
        }
    }

    private func datatype(_ columns: [Tensor]) throws -> TensorDatatype {
        let taken = [input.datatype] + input.alternatives
        let areNarrow = columns.allSatisfy { $0.datatype == .float32 || ($0.datatype.sizeBytes ?? 0) <= 2 }
        let preferred: [TensorDatatype] = areNarrow ? [.float32, .float64] : [.float64, .float32]
        guard let datatype = preferred.first(where: taken.contains) else {
            throw MartletError(
                .invalidInput,
                "columns are joined into FP32 and FP64, but the model takes \(input.datatype.rawValue); send one tensor '\(input.name)'"
            )
        }
        return datatype
    }

    private func filled<Number: BinaryFloatingPoint>(_ columns: [Tensor], _ rowCount: Int) -> [Number] {
        [Number](unsafeUninitializedCapacity: rowCount * columns.count) { matrix, count in
            for (position, column) in columns.enumerated() { fill(matrix, position, column.elements) }
            count = rowCount * columns.count
        }
    }

    private func fill<Number: BinaryFloatingPoint>(
        _ matrix: UnsafeMutableBufferPointer<Number>, _ position: Int, _ elements: TensorElements
    ) {
        func write<Element>(_ elements: [Element], _ convert: (Element) -> Number) {
            for row in elements.indices { matrix.initializeElement(at: row * names.count + position, to: convert(elements[row])) }
        }
        switch elements {
        case .bool(let elements): write(elements) { $0 ? 1 : 0 }
        case .uint8(let elements): write(elements) { Number($0) }
        case .uint16(let elements): write(elements) { Number($0) }
        case .uint32(let elements): write(elements) { Number($0) }
        case .uint64(let elements): write(elements) { Number($0) }
        case .int8(let elements): write(elements) { Number($0) }
        case .int16(let elements): write(elements) { Number($0) }
        case .int32(let elements): write(elements) { Number($0) }
        case .int64(let elements): write(elements) { Number($0) }
        case .float16(let elements): write(elements) { Number(NarrowFormat.float16.float($0)) }
        case .bfloat16(let elements): write(elements) { Number(NarrowFormat.bfloat16.float($0)) }
        case .float32(let elements): write(elements) { Number($0) }
        case .float64(let elements): write(elements) { Number($0) }
        case .bytes: preconditionFailure("byte strings were refused")
        }
    }
}
