import MartletCore

/// Requests as one: their tensors joined along the rows, and the answers taken apart again.
enum TensorBatch {
    /// Runs a model on several requests at once.
    /// - Returns: the outputs of each request, in their order.
    /// - Throws: what the model throws; `engine` where it answers with another number of rows.
    static func run(_ requests: [[Tensor]], _ model: any TensorModel) throws -> [[Tensor]] {
        guard requests.count > 1 else { return try requests.map(model.predict) }
        let kinds = Dictionary(grouping: requests.indices) { Kind(requests[$0]) }
        var answers = [[Tensor]](repeating: [], count: requests.count)
        for (_, members) in kinds {
            let outputs = try model.predict(joined(members.map { requests[$0] }))
            var first = 0
            for member in members {
                let count = requests[member].first?.rowCount ?? 1
                answers[member] = try outputs.map { try rows($0, first..<first + count) }
                first += count
            }
            guard outputs.allSatisfy({ $0.rowCount == first }) else {
                throw MartletError(
                    .engine,
                    "the model answered \(first) rows with outputs of \(outputs.map(\.rowCount)) rows; its rows are not independent")
            }
        }
        return answers
    }

    /// What must be equal for tensors to be joined: names, datatypes and all dimensions but the first.
    private struct Kind: Hashable {
        let names: [String]
        let datatypes: [TensorDatatype]
        let shapes: [[Int]]

        init(_ tensors: [Tensor]) {
            names = tensors.map(\.name)
            datatypes = tensors.map(\.datatype)
            shapes = tensors.map { Array($0.shape.dropFirst()) }
        }
    }

    /// Some rows of each tensor.
    static func rows(of tensors: [Tensor], _ range: Range<Int>) throws -> [Tensor] { try tensors.map { try rows($0, range) } }

    /// The tensors of several requests or answers as one, along their rows; all have the same names, datatypes and other dimensions.
    static func joined(_ requests: [[Tensor]]) throws -> [Tensor] {
        try requests[0].indices.map { position in
            let parts = requests.map { $0[position] }
            var joined = parts[0]
            joined.shape[0] = parts.reduce(0) { $0 + $1.shape[0] }
            joined.elements = try TensorElements.joined(parts.map(\.elements))
            return joined
        }
    }

    private static func rows(_ tensor: Tensor, _ range: Range<Int>) throws -> Tensor {
        guard range.upperBound <= tensor.rowCount, tensor.rowCount > 0 else {
            throw MartletError(.engine, "tensor '\(tensor.name)' has \(tensor.rowCount) rows, expected at least \(range.upperBound)")
        }
        let width = tensor.elements.count / tensor.rowCount
        let elements = tensor.elements.slice(range.lowerBound * width..<range.upperBound * width)
        return Tensor(name: tensor.name, shape: [range.count] + tensor.shape.dropFirst(), elements: elements)
    }
}

extension TensorElements {
    /// The elements of several tensors of one datatype, behind one another.
    fileprivate static func joined(_ parts: [TensorElements]) throws -> TensorElements {
        switch parts[0] {
        case .bool: .bool(try joined(parts) { if case .bool(let elements) = $0 { elements } else { nil } })
        case .uint8: .uint8(try joined(parts) { if case .uint8(let elements) = $0 { elements } else { nil } })
        case .uint16: .uint16(try joined(parts) { if case .uint16(let elements) = $0 { elements } else { nil } })
        case .uint32: .uint32(try joined(parts) { if case .uint32(let elements) = $0 { elements } else { nil } })
        case .uint64: .uint64(try joined(parts) { if case .uint64(let elements) = $0 { elements } else { nil } })
        case .int8: .int8(try joined(parts) { if case .int8(let elements) = $0 { elements } else { nil } })
        case .int16: .int16(try joined(parts) { if case .int16(let elements) = $0 { elements } else { nil } })
        case .int32: .int32(try joined(parts) { if case .int32(let elements) = $0 { elements } else { nil } })
        case .int64: .int64(try joined(parts) { if case .int64(let elements) = $0 { elements } else { nil } })
        case .float16: .float16(try joined(parts) { if case .float16(let elements) = $0 { elements } else { nil } })
        case .bfloat16: .bfloat16(try joined(parts) { if case .bfloat16(let elements) = $0 { elements } else { nil } })
        case .float32: .float32(try joined(parts) { if case .float32(let elements) = $0 { elements } else { nil } })
        case .float64: .float64(try joined(parts) { if case .float64(let elements) = $0 { elements } else { nil } })
        case .bytes: .bytes(try joined(parts) { if case .bytes(let elements) = $0 { elements } else { nil } })
        }
    }

    private static func joined<Element>(_ parts: [TensorElements], _ elements: (TensorElements) -> [Element]?) throws -> [Element] {
        var joined: [Element] = []
        joined.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts {
            guard let next = elements(part) else {
                throw MartletError(.engine, "tensors of \(parts[0].datatype.rawValue) and \(part.datatype.rawValue) cannot be joined")
            }
            joined += next
        }
        return joined
    }

    /// Some elements that follow one another.
    fileprivate func slice(_ range: Range<Int>) -> TensorElements {
        switch self {
        case .bool(let elements): .bool(Array(elements[range]))
        case .uint8(let elements): .uint8(Array(elements[range]))
        case .uint16(let elements): .uint16(Array(elements[range]))
        case .uint32(let elements): .uint32(Array(elements[range]))
        case .uint64(let elements): .uint64(Array(elements[range]))
        case .int8(let elements): .int8(Array(elements[range]))
        case .int16(let elements): .int16(Array(elements[range]))
        case .int32(let elements): .int32(Array(elements[range]))
        case .int64(let elements): .int64(Array(elements[range]))
        case .float16(let elements): .float16(Array(elements[range]))
        case .bfloat16(let elements): .bfloat16(Array(elements[range]))
        case .float32(let elements): .float32(Array(elements[range]))
        case .float64(let elements): .float64(Array(elements[range]))
        case .bytes(let elements): .bytes(Array(elements[range]))
        }
    }
}
