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
            let outputs = try model.predict(join(members.map { requests[$0] }))
            var first = 0
            for member in members {
                let count = requests[member].first?.rowCount ?? 1
                answers[member] = try outputs.map { try rows($0, first..<first + count) }
                first += count
            }
            guard outputs.allSatisfy({ $0.rowCount == first }) else {
                throw MartletError(
                    .engine, "the model answered \(first) rows with outputs of \(outputs.map(\.rowCount)) rows; its rows are not independent")
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

    private static func join(_ requests: [[Tensor]]) throws -> [Tensor] {
        try requests[0].indices.map { position in
            var joined = requests[0][position]
            for request in requests.dropFirst() {
                joined.shape[0] += request[position].shape[0]
                joined.elements = try joined.elements.appending(request[position].elements)
            }
            return joined
        }
    }

    private static func rows(_ tensor: Tensor, _ range: Range<Int>) throws -> Tensor {
        guard range.upperBound <= tensor.rowCount, tensor.rowCount > 0 else {
            throw MartletError(.engine, "output '\(tensor.name)' has \(tensor.rowCount) rows, expected at least \(range.upperBound)")
        }
        let width = tensor.elements.count / tensor.rowCount
        let elements = tensor.elements.slice(range.lowerBound * width..<range.upperBound * width)
        return Tensor(name: tensor.name, shape: [range.count] + tensor.shape.dropFirst(), elements: elements)
    }
}

extension TensorElements {
    /// These elements and others of the same kind behind them.
    fileprivate func appending(_ other: TensorElements) throws -> TensorElements {
        switch (self, other) {
        case (.bool(let own), .bool(let more)): .bool(own + more)
        case (.uint8(let own), .uint8(let more)): .uint8(own + more)
        case (.uint16(let own), .uint16(let more)): .uint16(own + more)
        case (.uint32(let own), .uint32(let more)): .uint32(own + more)
        case (.uint64(let own), .uint64(let more)): .uint64(own + more)
        case (.int8(let own), .int8(let more)): .int8(own + more)
        case (.int16(let own), .int16(let more)): .int16(own + more)
        case (.int32(let own), .int32(let more)): .int32(own + more)
        case (.int64(let own), .int64(let more)): .int64(own + more)
        case (.float16(let own), .float16(let more)): .float16(own + more)
        case (.bfloat16(let own), .bfloat16(let more)): .bfloat16(own + more)
        case (.float32(let own), .float32(let more)): .float32(own + more)
        case (.float64(let own), .float64(let more)): .float64(own + more)
        case (.bytes(let own), .bytes(let more)): .bytes(own + more)
        default: throw MartletError(.engine, "tensors of \(datatype.rawValue) and \(other.datatype.rawValue) cannot be joined")
        }
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
