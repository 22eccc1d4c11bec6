import MartletCore
import MartletPlatform
import Synchronization

/// Reads a Parquet body of `POST /invocations` into the matrix that a model takes; columns are found by their names.
enum ParquetInvocation {
    /// The most cells of one body: a few bytes of Parquet may stand for millions.
    static let cellCountMax = 1 << 22
    /// The most bodies that are read at the same time.
    static let readerCountMax = 4
    private static let readerCount = Atomic<Int>(0)

    /// - Throws: `invalidInput` where it is no Parquet file, its columns do not fit or it has too many cells.
    static func inputs(_ body: UnsafeRawBufferPointer, _ signature: TensorSignature) throws -> [Tensor] {
        guard let matrix = MatrixInput(signature) else {
            throw MartletError(
                .invalidInput, "the model takes no table of numbers, which is what Parquet is read for; send application/json")
        }
        defer { readerCount.wrappingSubtract(1, ordering: .relaxed) }
        guard readerCount.wrappingAdd(1, ordering: .relaxed).newValue <= readerCountMax else {
            throw MartletError(
                .overloaded, "\(readerCountMax) Parquet bodies are being read, as many as may be; try again", retryAfterSeconds: 1)
        }
        let file = try ParquetBody(body)
        guard file.rowCount > 0 else { throw MartletError(.invalidInput, "expected at least one row, found none") }
        guard file.rowCount <= cellCountMax / matrix.columnCount else {
            throw MartletError(
                .limitExceeded,
                "expected at most \(cellCountMax) cells in a request, found \(file.rowCount) rows of \(matrix.columnCount); "
                    + "send fewer rows at once")
        }
        let columns = try file.numbers(try arranged(file.names, matrix))
        return [
            Tensor(name: matrix.input.name, shape: [file.rowCount, matrix.columnCount], elements: elements(columns, matrix, file.rowCount))
        ]
    }

    /// The file's columns in the model's order.
    private static func arranged(_ names: [String], _ matrix: MatrixInput) throws -> [String] {
        let order = try ColumnOrder(names, names: matrix.names, columnCount: matrix.columnCount)
        var arranged = [String](repeating: "", count: matrix.columnCount)
        for (name, target) in zip(names, order.targets) { if let target { arranged[target] = name } }
        return arranged
    }

    private static func elements(_ columns: [[Double]], _ matrix: MatrixInput, _ rowCount: Int) -> TensorElements {
        var cells = [Double](repeating: .nan, count: rowCount * columns.count)
        for (position, column) in columns.enumerated() {
            for (row, value) in column.enumerated() { cells[row * columns.count + position] = value }
        }
        return matrix.isDouble ? .float64(cells) : .float32(cells.map { Float($0) })
    }
}
