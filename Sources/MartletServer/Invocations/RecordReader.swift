import MartletCore

/// Reads `[{column: value}]`; each record may have its columns in an order of its own.
struct RecordReader {
    /// Whether a record may leave columns out that others have.
    let leavesOut: Bool
    private var names: [String] = []
    private var positions: [String: Int] = [:]
    /// The columns of the first record in its order, by the bytes of their names: others mostly have the same.
    private var order: [(name: [UInt8], column: Int?)] = []
    /// By column, the last row that has it.
    private var lastRows: [Int] = []
    private var unknown: [String] = []

    /// How many names that the model does not have are remembered for a message.
    private static let unknownCountMax = 64

    init(leavesOut: Bool) { self.leavesOut = leavesOut }

    mutating func read(into sink: inout some RowSink, from cursor: inout JSONCursor) throws {
        names = sink.names ?? []
        positions = ColumnOrder.positions(names)
        lastRows = [Int](repeating: 0, count: names.count)
        try cursor.openArray()
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) { try readRecord(into: &sink, from: &cursor) }
        if sink.rowCount > 0 { try ColumnOrder.check(names, lastRows.map { $0 > 0 }, unknown: unknown) }
    }

    private mutating func readRecord(into sink: inout some RowSink, from cursor: inout JSONCursor) throws {
        var members = try cursor.openObject()
        try sink.beginRow()
        let row = sink.rowCount
        var index = 0
        var count = 0
        while let name = try cursor.nextName(&members) {
            let column = try column(name, index, isFirst: row == 1, cursor)
            index += 1
            guard let column else {
                try cursor.skipValue()
                continue
            }
            guard lastRows[column] < row else { throw JSONFault(position: name.start, expected: "each name once in a record") }
            lastRows[column] = row
            count += 1
            try sink.readCell(column, from: &cursor)
        }
        guard count < names.count else { return }
        try leaveOut(row, &sink, cursor)
    }

    private func leaveOut(_ row: Int, _ sink: inout some RowSink, _ cursor: JSONCursor) throws {
        if row == 1, !leavesOut { try ColumnOrder.check(names, lastRows.map { $0 > 0 }, unknown: unknown) }
        for column in names.indices where lastRows[column] < row {
            guard leavesOut else { throw cursor.fault("a value for '\(names[column].prefix(60))' in each record before this") }
            try sink.leaveOut(column, cursor)
        }
    }

    private mutating func column(_ name: JSONText, _ index: Int, isFirst: Bool, _ cursor: JSONCursor) throws -> Int? {
        let raw = UnsafeRawBufferPointer(rebasing: cursor.bytes[name.start..<name.end])
        if index < order.count, order[index].name.count == raw.count, order[index].name.elementsEqual(raw) { return order[index].column }
        let text = try cursor.string(name)
        let column = positions[text]
        if column == nil, unknown.count < Self.unknownCountMax, !unknown.contains(text) { unknown.append(text) }
        if isFirst, index < InvocationRequest.columnCountMax { order.append((Array(raw), column)) }
        return column
    }
}
