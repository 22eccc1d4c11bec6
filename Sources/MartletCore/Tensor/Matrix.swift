/// A dense matrix of doubles, row by row in memory, with named columns.
///
/// Shape `[rows, columns]`; `nan` means missing.
public struct Matrix: Sendable, Equatable {
    /// The columns' names, in order.
    public let names: [String]
    /// The elements, row by row.
    public private(set) var elements: [Double]

    /// How many columns there are.
    public var columnCount: Int { names.count }
    /// How many rows there are.
    public var rowCount: Int { names.isEmpty ? 0 : elements.count / names.count }

    /// Makes a matrix from elements in row order.
    public init(names: [String], elements: [Double]) {
        precondition(names.isEmpty ? elements.isEmpty : elements.count % names.count == 0, "elements do not fill the rows")
        self.names = names
        self.elements = elements
    }

    /// Makes a matrix from columns of equal length.
    public init(names: [String], columns: [[Double]]) {
        precondition(names.count == columns.count)
        let rows = columns.first?.count ?? 0
        precondition(columns.allSatisfy { $0.count == rows })
        var elements = [Double](repeating: .nan, count: rows * columns.count)
        for (position, column) in columns.enumerated() {
            for row in 0..<rows { elements[row * columns.count + position] = column[row] }
        }
        self.init(names: names, elements: elements)
    }

    /// The element in a row and a column.
    public subscript(row: Int, column: Int) -> Double {
        get { elements[row * columnCount + column] }
        set { elements[row * columnCount + column] = newValue }
    }

    /// Some rows, in that order.
    public func taking(_ rows: [Int]) -> Matrix {
        var taken: [Double] = []
        taken.reserveCapacity(rows.count * columnCount)
        for row in rows { taken += elements[row * columnCount..<(row + 1) * columnCount] }
        return Matrix(names: names, elements: taken)
    }

    /// The elements of one column.
    public func column(_ position: Int) -> [Double] { (0..<rowCount).map { self[$0, position] } }
}
