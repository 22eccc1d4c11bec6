import MartletCore

/// Reads `{name: value}`, where names are the model's inputs, or the columns of its only one.
struct NamedInputsReader {
    private let signature: TensorSignature
    private var tensors: [Tensor] = []
    private var unknown: [String] = []
    private var name: String?

    /// The most names that are remembered.
    private static let unknownCountMax = 64

    init(_ signature: TensorSignature) { self.signature = signature }

    /// The model's inputs.
    func read(from cursor: inout JSONCursor) throws -> [Tensor] {
        var reader = self
        do {
            try reader.readObject(from: &cursor)
        } catch let fault as JSONFault {
            throw fault.error(in: cursor.bytes, of: reader.name.map { "inputs, '\($0.prefix(60))'" } ?? "inputs")
        }
        try reader.checkNames()
        return try SignatureCheck(signature).inputs(of: InferRequest(inputs: reader.tensors))
    }

    private mutating func readObject(from cursor: inout JSONCursor) throws {
        let inputs = ColumnOrder.positions(signature.inputs.map(\.name))
        let features = ColumnOrder.positions(signature.featureNames ?? [])
        let matrix = MatrixInput(signature)
        var members = try cursor.openObject()
        while let text = try cursor.nextName(&members) {
            let name = try cursor.string(text)
            self.name = name
            if let input = inputs[name] {
                try readTensor(signature.inputs[input], matrix, from: &cursor)
            } else if features[name] != nil {
                try readTensor(TensorSignature.Entry(name: name, datatype: .float64, shape: [-1]), matrix, from: &cursor)
            } else {
                if unknown.count < Self.unknownCountMax { unknown.append(name) }
                try cursor.skipValue()
            }
        }
        name = nil
    }

    private mutating func readTensor(_ entry: TensorSignature.Entry, _ matrix: MatrixInput?, from cursor: inout JSONCursor) throws {
        let datatype: TensorDatatype = matrix.map { $0.isDouble ? .float64 : .float32 } ?? entry.datatype
        var column = NestedColumns.column(datatype)
        try column.append(from: &cursor)
        let shape = column.cellShape
        // One value stands for a row of it.
        let isSingle = shape.isEmpty && !entry.shape.isEmpty
        tensors.append(column.tensor(shape: isSingle ? [1] : shape, for: entry))
    }

    private func checkNames() throws {
        let found = Set(tensors.map(\.name))
        guard found.count == tensors.count else { throw MartletError(.invalidInput, "inputs: expected each name once, found one twice") }
        let inputs = signature.inputs.map(\.name)
        let names = found.isDisjoint(with: inputs) ? signature.featureNames ?? inputs : inputs
        try ColumnOrder.check(names, names.map(found.contains), unknown: unknown)
    }
}
