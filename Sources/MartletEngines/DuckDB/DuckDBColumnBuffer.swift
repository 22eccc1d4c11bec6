import CEngines.DuckDB
import MartletCore

/// Collects a column's values out of DuckDB's vectors. Only the array of its kind is used.
struct DuckDBColumnBuffer {
    /// How a type's values lie in memory.
    enum Kind {
        case boolean, int8, int16, int32, int64, uint8, uint16, uint32, float, double, text

        /// `nil` for types that the query must cast.
        init?(_ type: martlet_duckdb_type) {
            switch type {
            case MARTLET_DUCKDB_TYPE_BOOLEAN: self = .boolean
            case MARTLET_DUCKDB_TYPE_TINYINT: self = .int8
            case MARTLET_DUCKDB_TYPE_SMALLINT: self = .int16
            case MARTLET_DUCKDB_TYPE_INTEGER: self = .int32
            case MARTLET_DUCKDB_TYPE_BIGINT: self = .int64
            case MARTLET_DUCKDB_TYPE_UTINYINT: self = .uint8
            case MARTLET_DUCKDB_TYPE_USMALLINT: self = .uint16
            case MARTLET_DUCKDB_TYPE_UINTEGER: self = .uint32
            case MARTLET_DUCKDB_TYPE_FLOAT: self = .float
            case MARTLET_DUCKDB_TYPE_DOUBLE: self = .double
            case MARTLET_DUCKDB_TYPE_VARCHAR: self = .text
            default: return nil
            }
        }
    }

    private let kind: Kind
    private var booleans: [Bool?] = []
    private var integers: [Int64?] = []
    private var reals: [Double] = []
    private var texts: [String?] = []

    init(_ kind: Kind) { self.kind = kind }

    /// What was collected.
    var values: Column.Values {
        switch kind {
        case .boolean: .boolean(booleans)
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32: .integer(integers)
        case .float, .double: .real(reals)
        case .text: .text(texts)
        }
    }

    /// Copies values. - Parameter validity: one bit a row, set where there is a value; `nil` where all have one.
    mutating func append(_ data: UnsafeMutableRawPointer, validity: UnsafePointer<UInt64>?, count: Int) {
        switch kind {
        case .boolean: Self.append(data, validity, count, to: &booleans) { (value: UInt8) in value != 0 }
        case .int8: Self.append(data, validity, count, to: &integers) { (value: Int8) in Int64(value) }
        case .int16: Self.append(data, validity, count, to: &integers) { (value: Int16) in Int64(value) }
        case .int32: Self.append(data, validity, count, to: &integers) { (value: Int32) in Int64(value) }
        case .int64: Self.append(data, validity, count, to: &integers) { (value: Int64) in value }
        case .uint8: Self.append(data, validity, count, to: &integers) { (value: UInt8) in Int64(value) }
        case .uint16: Self.append(data, validity, count, to: &integers) { (value: UInt16) in Int64(value) }
        case .uint32: Self.append(data, validity, count, to: &integers) { (value: UInt32) in Int64(value) }
        case .float: appendReals(data, validity, count) { (value: Float) in Double(value) }
        case .double: appendReals(data, validity, count) { (value: Double) in value }
        case .text: appendTexts(data, validity, count)
        }
    }

    private static func isPresent(_ row: Int, _ validity: UnsafePointer<UInt64>?) -> Bool {
        guard let validity else { return true }
        return validity[row >> 6] >> UInt64(row & 63) & 1 == 1
    }

    private static func append<Raw, Element>(
        _ data: UnsafeMutableRawPointer, _ validity: UnsafePointer<UInt64>?, _ count: Int,
        to array: inout [Element?], _ convert: (Raw) -> Element
    ) {
        let source = data.assumingMemoryBound(to: Raw.self)
        for row in 0..<count {
            array.append(Self.isPresent(row, validity) ? convert(source[row]) : nil)
        }
    }

    private mutating func appendReals<Raw>(
        _ data: UnsafeMutableRawPointer, _ validity: UnsafePointer<UInt64>?, _ count: Int, _ convert: (Raw) -> Double
    ) {
        let source = data.assumingMemoryBound(to: Raw.self)
        for row in 0..<count {
            reals.append(Self.isPresent(row, validity) ? convert(source[row]) : .nan)
        }
    }

    private mutating func appendTexts(
        _ data: UnsafeMutableRawPointer, _ validity: UnsafePointer<UInt64>?, _ count: Int
    ) {
        let source = data.assumingMemoryBound(to: martlet_duckdb_string.self)
        for row in 0..<count {
            texts.append(Self.isPresent(row, validity) ? Self.text(source + row) : nil)
        }
    }

    /// A short text lies inside its entry, right after the length; of a long one the entry has the address.
    private static func text(_ entry: UnsafeMutablePointer<martlet_duckdb_string>) -> String {
        let length = Int(entry.pointee.length)
        let inside = UnsafeRawPointer(entry) + MemoryLayout<UInt32>.size
        let isInside = length <= Int(MARTLET_DUCKDB_INLINE_LENGTH_MAX.rawValue)
        let start = isInside ? inside : UnsafeRawPointer(entry.pointee.text)
        return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}
