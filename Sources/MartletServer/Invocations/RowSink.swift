import MartletCore

/// Where the cells of rows go; each row has one cell for each of the model's columns.
protocol RowSink {
    /// The columns' names in the model's order; `nil` where they have none, so that only their order counts.
    var names: [String]? { get }
    var columnCount: Int { get }
    /// How many rows were begun.
    var rowCount: Int { get }
    /// The column that is being read, for messages.
    var column: Int? { get }

    /// Begins a row, whose cells come in any order, each once.
    mutating func beginRow() throws
    /// Passes one cell.
    mutating func readCell(_ column: Int, from cursor: inout JSONCursor) throws
    /// Takes one cell of CSV.
    mutating func readCell(_ column: Int, _ field: CSVField) throws
    /// Takes a cell that a record leaves out as missing. - Throws: `JSONFault` where the model has no word for that.
    mutating func leaveOut(_ column: Int, _ cursor: JSONCursor) throws
    /// Begins a row and passes an array of all its cells in the model's order.
    mutating func readRow(from cursor: inout JSONCursor) throws
    /// Begins a row and passes an element of a plain list of rows.
    mutating func readElement(from cursor: inout JSONCursor) throws
    /// What the model takes.
    func tensors() throws -> [Tensor]
}
