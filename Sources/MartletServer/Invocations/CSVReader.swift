import MartletCore

/// Reads CSV (RFC 4180) whose first line names the columns; empty lines are skipped.
struct CSVReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// A cell with doubled quotes, once they are single.
    private var scratch: [UInt8] = []

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The rows.
    func read(into sink: inout some RowSink) throws {
        var reader = self
        try reader.readTable(into: &sink)
    }

    private mutating func readTable(into sink: inout some RowSink) throws {
        guard skipEmptyLines() else { throw CSVFault("a first line with the columns' names, found none") }
        let columns = try header()
        let order = try ColumnOrder(columns, names: sink.names, columnCount: sink.columnCount)
        while skipEmptyLines() {
            try sink.beginRow()
            for index in columns.indices {
                let target = order.targets[index]
                try readField { field in if let target { try sink.readCell(target, field) } }
                let isLast = index == columns.count - 1
                guard isLast ? endsLine() : take(UInt8(ascii: ",")) else { throw CSVFault("\(columns.count) values in each row") }
            }
        }
    }

    private mutating func header() throws -> [String] {
        var columns: [String] = []
        repeat {
            guard columns.count < InvocationRequest.columnCountMax else {
                throw CSVFault("at most \(InvocationRequest.columnCountMax) columns")
            }
            try readField { columns.append(String(decoding: try $0.utf8(), as: UTF8.self)) }
        } while take(UInt8(ascii: ","))
        guard endsLine() else { throw CSVFault("a comma or the line's end after a closing quote") }
        return columns
    }

    // MARK: Cells

    private mutating func readField(_ body: (CSVField) throws -> Void) throws {
        guard peek == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, !Self.endsField(bytes[position]) { position += 1 }
            return try body(CSVField(bytes: UnsafeRawBufferPointer(rebasing: bytes[start...]), count: position - start))
        }
        let start = position + 1
        let isDoubled = try skipQuoted()
        guard isDoubled else {
            return try body(CSVField(bytes: UnsafeRawBufferPointer(rebasing: bytes[start...]), count: position - 1 - start))
        }
        unquote(bytes[start..<position - 1])
        try scratch.withUnsafeBytes { try body(CSVField(bytes: $0, count: $0.count)) }
    }

    private static func endsField(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D }

    /// Passes a cell in quotes. - Returns: whether it has doubled quotes.
    private mutating func skipQuoted() throws -> Bool {
        position += 1
        var isDoubled = false
        while position < bytes.count {
            position += 1
            guard bytes[position - 1] == UInt8(ascii: "\"") else { continue }
            guard peek == UInt8(ascii: "\""), position < bytes.count else { return isDoubled }
            position += 1
            isDoubled = true
        }
        throw CSVFault("the closing quote of a value, found the end")
    }

    private mutating func unquote(_ cell: Slice<UnsafeRawBufferPointer>) {
        scratch.removeAll(keepingCapacity: true)
        var isSecond = false
        for byte in cell {
            isSecond = byte == UInt8(ascii: "\"") && !isSecond
            if !isSecond { scratch.append(byte) }
        }
    }

    // MARK: Lines

    private var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Passes the end of a line, or is at the end of all.
    private mutating func endsLine() -> Bool {
        let hasReturn = take(0x0D)
        return take(0x0A) || hasReturn || position == bytes.count
    }

    /// - Returns: whether there is another line.
    private mutating func skipEmptyLines() -> Bool {
        while take(0x0A) || take(0x0D) {}
        return position < bytes.count
    }
}
