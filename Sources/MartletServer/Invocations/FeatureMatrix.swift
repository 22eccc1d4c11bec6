import MartletCore

/// The only input of a model that takes rows of floating-point numbers.
struct MatrixInput {
    let input: TensorSignature.Entry
    let names: [String]?
    let columnCount: Int
    let isDouble: Bool

    /// `nil` where the model takes something else.
    init?(_ signature: TensorSignature) {
        guard signature.inputs.count == 1, let input = signature.inputs.first, input.shape.count == 2 else { return nil }
        let taken = [input.datatype] + input.alternatives
        let columnCount = input.shape[1] == -1 ? signature.featureNames?.count ?? 0 : input.shape[1]
        guard columnCount > 0, signature.featureNames.map({ $0.count == columnCount }) ?? true else { return nil }
        guard taken.contains(.float64) || taken.contains(.float32) else { return nil }
        self.input = input
        names = signature.featureNames
        self.columnCount = columnCount
        // As MLflow: rounded to floats, a number that is the threshold of a tree would come to lie on its other side.
        isDouble = taken.contains(.float64)
    }
}

/// The matrix that rows become, row by row; cells that are left out are missing.
struct FeatureMatrix<Number: FeatureNumber>: RowSink {
    private let matrix: MatrixInput
    private var cells: [Number] = []
    private(set) var rowCount = 0
    private(set) var column: Int?

    init(_ matrix: MatrixInput) { self.matrix = matrix }

    var names: [String]? { matrix.names }
    var columnCount: Int { matrix.columnCount }

    mutating func beginRow() throws {
        guard cells.count <= InvocationRequest.cellCountMax - columnCount else {
            throw MartletError(
                .limitExceeded, "expected at most \(InvocationRequest.cellCountMax) cells in a request, found more; send fewer rows at once"
            )
        }
        cells.append(contentsOf: repeatElement(.nan, count: columnCount))
        rowCount += 1
        column = nil
    }

    @inline(__always) mutating func readCell(_ column: Int, from cursor: inout JSONCursor) throws {
        self.column = column
        cells[cells.count - columnCount + column] = try Number.cell(&cursor)
    }

    mutating func readCell(_ column: Int, _ field: CSVField) throws {
        self.column = column
        cells[cells.count - columnCount + column] = try field.floatingPoint(Number.self)
    }

    func leaveOut(_ column: Int, _ cursor: JSONCursor) {}

    mutating func readRow(from cursor: inout JSONCursor) throws {
        try cursor.openArray()
        try beginRow()
        let (size, end) = (columnCount, cells.count)
        let start = end - size
        var filled = start
        defer { column = min(filled, end - 1) - start }
        try cells.withUnsafeMutableBufferPointer { cells in
            while filled < end {
                cursor.skipSpace()
                // The last one of a row has no comma.
                filled += Number.cells(&cursor, into: cells[filled..<end - 1])
                cursor.skipSpace()
                cells[filled] = try Number.cell(&cursor)
                filled += 1
                cursor.skipSpace()
                guard filled == end || cursor.take(UInt8(ascii: ",")) else { throw cursor.fault(Self.expectation(size)) }
            }
        }
        guard cursor.closesArray() else { throw cursor.fault(Self.expectation(size)) }
    }

    private static func expectation(_ size: Int) -> String { "\(size) number\(size == 1 ? "" : "s") in each row" }

    mutating func readElement(from cursor: inout JSONCursor) throws {
        guard columnCount == 1, cursor.peek != UInt8(ascii: "[") else { return try readRow(from: &cursor) }
        try beginRow()
        try readCell(0, from: &cursor)
    }

    func tensors() throws -> [Tensor] {
        let rows = matrix.input.shape[0]
        guard rows == -1 || rows == rowCount else {
            throw SignatureCheck.refusal(matrix.input.name, "expected \(rows) rows, found \(rowCount)")
        }
        return [Tensor(name: matrix.input.name, shape: [rowCount, columnCount], elements: Number.elements(cells))]
    }
}

/// What a matrix of features is of.
protocol FeatureNumber: BinaryFloatingPoint {
    /// Passes a cell: a number, or what stands for one.
    static func cell(_ cursor: inout JSONCursor) throws -> Self
    /// Passes numbers of usual form as long as they come, each with its comma.
    static func cells(_ cursor: inout JSONCursor, into cells: Slice<UnsafeMutableBufferPointer<Self>>) -> Int
    static func elements(_ cells: [Self]) -> TensorElements
}

extension Double: FeatureNumber {
    @inline(__always) static func cell(_ cursor: inout JSONCursor) throws -> Double {
        if let truth = try cursor.takeTruth() { return truth ? 1 : 0 }
        return try cursor.double()
    }

    @inline(__always) static func cells(_ cursor: inout JSONCursor, into cells: Slice<UnsafeMutableBufferPointer<Double>>) -> Int {
        cursor.doubles(into: cells)
    }

    static func elements(_ cells: [Double]) -> TensorElements { .float64(cells) }
}

extension Float: FeatureNumber {
    @inline(__always) static func cell(_ cursor: inout JSONCursor) throws -> Float {
        if let truth = try cursor.takeTruth() { return truth ? 1 : 0 }
        return try cursor.float()
    }

    @inline(__always) static func cells(_ cursor: inout JSONCursor, into cells: Slice<UnsafeMutableBufferPointer<Float>>) -> Int {
        cursor.floats(into: cells)
    }

    static func elements(_ cells: [Float]) -> TensorElements { .float32(cells) }
}

extension JSONCursor {
    /// Passes `true` or `false` where one begins.
    @inline(__always) mutating func takeTruth() throws -> Bool? {
        guard peek == UInt8(ascii: "t") || peek == UInt8(ascii: "f") else { return nil }
        return try boolean()
    }
}
