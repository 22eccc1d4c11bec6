import MartletCore

/// How rows are written.
enum RowFormat: CustomStringConvertible, Equatable {
    /// `{"columns": […], "index": […], "data": [[…]]}`.
    case split
    /// `[{…}]`; what a record leaves out is missing.
    case records
    /// The same as a list of a tensor's rows, where nothing may be left out.
    case recordList(StaticString)
    /// `[[…]]` or `[…]`.
    case list(StaticString)
    case csv

    var description: String {
        switch self {
        case .split: "dataframe_split"
        case .records: "dataframe_records"
        case .recordList(let name), .list(let name): "\(name)"
        case .csv: "CSV"
        }
    }

    static func == (format: RowFormat, other: RowFormat) -> Bool { format.description == other.description }
}

/// Reads rows of any format into a sink.
struct RowReader<Sink: RowSink> {
    private(set) var sink: Sink
    private let format: RowFormat

    init(_ sink: Sink, _ format: RowFormat) {
        self.sink = sink
        self.format = format
    }

    mutating func read(from cursor: inout JSONCursor) throws {
        do {
            switch format {
            case .split: try readSplit(from: &cursor)
            case .records, .recordList:
                var records = RecordReader(leavesOut: format == .records)
                try records.read(into: &sink, from: &cursor)
            case .list: try readList(from: &cursor)
            case .csv: try CSVReader(cursor.bytes).read(into: &sink)
            }
        } catch let fault as JSONFault {
            throw fault.error(in: cursor.bytes, of: subject)
        } catch let fault as CSVFault {
            throw MartletError(.invalidInput, "\(subject): expected \(fault.expected)")
        }
    }

    /// What is being read, for messages; rows count from 1.
    private var subject: String {
        guard sink.rowCount > 0 else { return format.description }
        let row = "\(format), row \(sink.rowCount)"
        guard let column = sink.column else { return row }
        guard let names = sink.names else { return "\(row), column \(column + 1)" }
        return "\(row), column '\(names[column].prefix(60))'"
    }

    private mutating func readList(from cursor: inout JSONCursor) throws {
        try cursor.openArray()
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) { try sink.readElement(from: &cursor) }
    }

    // MARK: Split

    private enum Member: Int { case columns, index, data }

    private mutating func readSplit(from cursor: inout JSONCursor) throws {
        var members = try cursor.openObject()
        var columns: [String]?
        var data: JSONCursor?
        var isRead = false
        while let name = try cursor.nextName(&members) {
            let member = try member(name, cursor)
            try cursor.admit(member.rawValue, name, &members)
            switch member {
            case .columns: columns = cursor.takeNull() ? nil : try self.columns(from: &cursor)
            case .index: try cursor.skipValue()
            case .data where columns != nil:
                try readData(columns, from: &cursor)
                isRead = true
            case .data:
                // The columns come later, or never.
                data = cursor
                try cursor.skipValue()
            }
        }
        guard !isRead else { return }
        guard var data else { throw MartletError(.invalidInput, "\(format): expected 'data', found none") }
        try readData(columns, from: &data)
    }

    private func member(_ name: JSONText, _ cursor: JSONCursor) throws -> Member {
        if cursor.matches(name, "columns") { return .columns }
        if cursor.matches(name, "index") { return .index }
        guard cursor.matches(name, "data") else {
            throw JSONFault(position: name.start, expected: "no member but 'columns', 'index' and 'data'")
        }
        return .data
    }

    /// Columns without names of their own are numbers in pandas.
    private func columns(from cursor: inout JSONCursor) throws -> [String] {
        try cursor.openArray()
        var columns: [String] = []
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) {
            guard columns.count < InvocationRequest.columnCountMax else {
                throw cursor.fault("at most \(InvocationRequest.columnCountMax) columns")
            }
            columns.append(cursor.peek == UInt8(ascii: "\"") ? try cursor.string(cursor.text()) : String(try cursor.integer() as Int))
        }
        return columns
    }

    private mutating func readData(_ columns: [String]?, from cursor: inout JSONCursor) throws {
        let order = try ColumnOrder(columns, names: sink.names, columnCount: sink.columnCount)
        try cursor.openArray()
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) {
            if order.isSame { try sink.readRow(from: &cursor) } else { try readRow(order.targets, from: &cursor) }
        }
    }

    private mutating func readRow(_ targets: [Int?], from cursor: inout JSONCursor) throws {
        try cursor.openArray()
        try sink.beginRow()
        for (index, target) in targets.enumerated() {
            if index > 0 {
                cursor.skipSpace()
                guard cursor.take(UInt8(ascii: ",")) else { throw cursor.fault("\(targets.count) values in each row") }
                cursor.skipSpace()
            }
            if let target { try sink.readCell(target, from: &cursor) } else { try cursor.skipValue() }
        }
        cursor.skipSpace()
        guard cursor.closesArray() else { throw cursor.fault("\(targets.count) values in each row") }
    }
}
