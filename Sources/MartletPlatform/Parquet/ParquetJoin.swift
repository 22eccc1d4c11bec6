import Glibc
import MartletCore
import MartletStore

/// Puts Parquet files of one schema one after the other into a single file, byte by byte: nothing is decoded.
///
/// Only the footer is made anew: the row groups of all files in a row, each at its new place.
struct ParquetJoin: ~Copyable {
    /// The rows so far.
    private(set) var rowCount: Int64 = 0
    private let output: OpenFile
    private var offset: Int
    private var first: [ThriftField]?
    private var groupCount = 0
    private var groups = ThriftWriter()

    /// Begins a file. - Throws: `storage`.
    init(to path: String) throws {
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o666)
        try ParquetFooter.mark.withUnsafeBytes { try file.write($0, at: 0) }
        output = file
        offset = ParquetFooter.mark.count
    }

    /// Appends a file's row groups. - Throws: `corrupt` where its schema is another or its footer is damaged; `storage`.
    mutating func append(_ path: String) throws {
        let footer = try ParquetFooter(ofFile: path)
        var reader = ThriftReader(footer.bytes, from: "'\(path)'")
        let fields = try reader.structure()
        guard first == nil || fields.value(2) == first?.value(2), let count = fields.value(3)?.integer,
            let added = fields.value(4)?.elements
        else {
            throw MartletError(.corrupt, "'\(path)': expected the columns of the files before it; remove it and make it again")
        }
        let shift = Int64(offset - ParquetFooter.mark.count)
        let data = ParquetFooter.mark.count..<footer.offset
        for group in added {
            guard let moved = group.fields.map({ Self.group($0, movedBy: shift) }) else {
                throw MartletError(.corrupt, "'\(path)': a row group of its footer is none; remove it and make it again")
            }
            groups.structure(moved)
        }
        try output.copy(from: try OpenFile(path, O_RDONLY), data, to: offset)
        offset += data.count
        rowCount &+= count  // of a damaged file it may be any number
        groupCount += added.count
        first = first ?? fields
    }

    /// Writes the footer and makes the file durable. - Throws: `storage`.
    consuming func finish() throws {
        var footer = ThriftWriter()
        var last: Int16 = 0
        for field in first ?? [] {
            footer.header(field.number, field.value.type, after: last)
            last = field.number
            switch field.number {
            case 3: footer.value(.integer(.int64, rowCount))
            case 4:
                footer.listHeader(.structure, count: groupCount)
                footer.append(encoded: groups.bytes)
            default: footer.value(field.value)
            }
        }
        footer.end()
        let length = footer.bytes.count
        guard length <= ParquetFooter.sizeBytesMax else {
            throw MartletError(.limitExceeded, "the footer of '\(output.path)' would have \(length) bytes; score the input in pieces")
        }
        let tail = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + ParquetFooter.mark
        try (footer.bytes + tail).withUnsafeBytes { try output.write($0, at: offset) }
        try output.synchronize()
    }

    // MARK: The numbers of parquet.thrift

    /// A row group whose columns lie further back. Its number among the groups, which is optional, is left out.
    private static func group(_ fields: [ThriftField], movedBy shift: Int64) -> [ThriftField] {
        fields.filter { $0.number != 7 }.map { field in
            var field = field
            if field.number == 1, case .list(let type, let columns) = field.value {
                field.value = .list(type, columns.map { .structure(column($0.fields ?? [], movedBy: shift)) })
            } else if field.number == 5 {
                field.value = moved(field.value, by: shift)
            }
            return field
        }
    }

    /// A column's chunk: file_offset, meta_data, offset_index_offset, column_index_offset.
    private static func column(_ fields: [ThriftField], movedBy shift: Int64) -> [ThriftField] {
        fields.map { field in
            var field = field
            switch field.number {
            case 2, 4, 6: field.value = moved(field.value, by: shift)
            case 3: field.value = .structure(pages(field.value.fields ?? [], movedBy: shift))
            default: break
            }
            return field
        }
    }

    /// A chunk's metadata: offsets of the data, index and dictionary pages and of the bloom filter.
    private static func pages(_ fields: [ThriftField], movedBy shift: Int64) -> [ThriftField] {
        fields.map { field in
            [9, 10, 11, 14].contains(field.number) ? ThriftField(number: field.number, value: moved(field.value, by: shift)) : field
        }
    }

    /// An offset further back; 0 means that there is none.
    private static func moved(_ value: ThriftValue, by shift: Int64) -> ThriftValue {
        guard case .integer(let type, let offset) = value, offset > 0 else { return value }
        return .integer(type, offset &+ shift)  // of a damaged file it may be any number
    }
}

extension [ThriftField] {
    /// The value of a field's number; `nil` where it is absent.
    fileprivate func value(_ number: Int16) -> ThriftValue? { first { $0.number == number }?.value }
}
