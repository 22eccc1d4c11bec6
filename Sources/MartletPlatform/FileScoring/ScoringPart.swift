import MartletCore

/// A stretch of the input's rows that is scored at once and kept as a file of its own until all are.
struct ScoringPart: Sendable, Equatable {
    /// The most files of one part.
    static let fileCountMax = 500

    /// From 0, in the order of the rows.
    let number: Int
    /// The files, whole, or a single one of which `rows` are taken.
    let files: [String]
    let rows: Range<Int>?
    let rowCount: Int

    /// Divides files into parts: long ones are cut, short ones put together; never across the end of a long one.
    /// - Parameters:
    ///   - rowCountMax: the most rows of a part, where files can be cut.
    ///   - canCut: whether some rows of a file can be asked for.
    /// - Returns: at least one part, so that also an input without rows has columns.
    static func plan(_ files: [(path: String, rowCount: Int)], rowCountMax: Int, canCut: Bool) -> [ScoringPart] {
        var parts: [ScoringPart] = []
        var pending: [(path: String, rowCount: Int)] = []
        func put(_ files: [String], _ rows: Range<Int>?, _ count: Int) {
            parts.append(ScoringPart(number: parts.count, files: files, rows: rows, rowCount: count))
        }
        func flush() {
            if !pending.isEmpty { put(pending.map(\.path), nil, pending.map(\.rowCount).reduce(0, +)) }
            pending = []
        }
        for file in files {
            if pending.map(\.rowCount).reduce(0, +) + file.rowCount > rowCountMax || pending.count == fileCountMax { flush() }
            guard file.rowCount > rowCountMax, canCut else {
                pending.append(file)
                continue
            }
            for start in stride(from: 0, to: file.rowCount, by: rowCountMax) {
                let rows = start..<min(start + rowCountMax, file.rowCount)
                put([file.path], rows, rows.count)
            }
        }
        flush()
        return parts
    }
}
