import MartletCore

/// The inputs of a model that are columns of their own, of any datatype; a cell is a value or, where an input has more dimensions, a
/// nested list of them.
struct NamedColumns: RowSink {
    private let signature: TensorSignature
    private var columns: [any TensorColumn]
    private(set) var rowCount = 0
    private(set) var column: Int?

    init(_ signature: TensorSignature) {
        self.signature = signature
        columns = signature.inputs.map { NestedColumns.column($0.datatype) }
    }

    var names: [String]? { signature.inputs.map(\.name) }
    var columnCount: Int { columns.count }

    mutating func beginRow() throws {
        rowCount += 1
        column = nil
    }

    mutating func readCell(_ column: Int, from cursor: inout JSONCursor) throws {
        self.column = column
        try columns[column].append(from: &cursor)
    }

    mutating func readCell(_ column: Int, _ field: CSVField) throws {
        self.column = column
        try columns[column].append(field)
    }

    func leaveOut(_ column: Int, _ cursor: JSONCursor) throws {
        throw cursor.fault("a value for '\(signature.inputs[column].name)' in each record")
    }

    mutating func readRow(from cursor: inout JSONCursor) throws {
        try cursor.openArray()
        try beginRow()
        var isFirst = true
        for index in columns.indices {
            guard try cursor.nextElement(isFirst: &isFirst) else { throw cursor.fault("\(columns.count) values in each row") }
            try readCell(index, from: &cursor)
        }
        cursor.skipSpace()
        guard cursor.closesArray() else { throw cursor.fault("\(columns.count) values in each row") }
    }

    mutating func readElement(from cursor: inout JSONCursor) throws {
        guard columns.count == 1 else {
            let names = signature.inputs.prefix(20).map(\.name).joined(separator: ", ")
            throw cursor.fault("an object with the model's inputs \(names)")
        }
        try beginRow()
        try readCell(0, from: &cursor)
    }

    func tensors() throws -> [Tensor] {
        let tensors = zip(columns, signature.inputs).map { column, input in
            column.tensor(shape: [rowCount] + column.cellShape, for: input)
        }
        return try SignatureCheck(signature).inputs(of: InferRequest(inputs: tensors))
    }
}
