import MartletCore

/// A value of Thrift's compact protocol, the encoding of Parquet's footers.
indirect enum ThriftValue: Equatable {
    case boolean(Bool)
    /// A whole number; the type is its width.
    case integer(ThriftType, Int64)
    /// The eight bytes of a number, as they stand.
    case double(UInt64)
    case binary([UInt8])
    case list(ThriftType, [ThriftValue])
    case structure([ThriftField])

    /// The type that a field's header names.
    var type: ThriftType {
        switch self {
        case .boolean(let value): value ? .yes : .no
        case .integer(let type, _): type
        case .double: .double
        case .binary: .binary
        case .list: .list
        case .structure: .structure
        }
    }

    /// The number; `nil` for other kinds.
    var integer: Int64? { if case .integer(_, let number) = self { number } else { nil } }

    /// The elements; `nil` for other kinds.
    var elements: [ThriftValue]? { if case .list(_, let elements) = self { elements } else { nil } }

    /// The fields; `nil` for other kinds.
    var fields: [ThriftField]? { if case .structure(let fields) = self { fields } else { nil } }
}

/// A field of a structure, by number.
struct ThriftField: Equatable {
    let number: Int16
    var value: ThriftValue
}

/// The types, with their numbers on the wire; those that Parquet's footers use.
enum ThriftType: UInt8 {
    case yes = 1, no, byte, int16, int32, int64, double, binary, list
    case structure = 12
}

/// Reads values, and refuses what is damaged: bytes come from files.
struct ThriftReader {
    private static let depthMax = 32
    private let bytes: [UInt8]
    private let what: String
    private var position = 0

    /// - Parameter what: where the bytes come from, for messages.
    init(_ bytes: [UInt8], from what: String) {
        self.bytes = bytes
        self.what = what
    }

    /// The structure that the bytes begin with. - Throws: `corrupt`.
    mutating func structure() throws -> [ThriftField] { try structure(depth: 0) }

    private mutating func structure(depth: Int) throws -> [ThriftField] {
        guard depth < Self.depthMax else { throw damaged("more than \(Self.depthMax) levels") }
        var fields: [ThriftField] = []
        var number: Int16 = 0
        while true {
            let header = try byte()
            if header == 0 { return fields }
            let step = Int16(header >> 4)
            let (next, overflow) = step == 0 ? (Int16(truncatingIfNeeded: try number64()), false) : number.addingReportingOverflow(step)
            guard !overflow, let type = ThriftType(rawValue: header & 15) else { throw damaged("an unknown field") }
            number = next
            fields.append(ThriftField(number: number, value: try value(type, depth: depth + 1)))
        }
    }

    private mutating func value(_ type: ThriftType, depth: Int) throws -> ThriftValue {
        switch type {
        case .yes: return .boolean(true)
        case .no: return .boolean(false)
        case .byte: return .integer(.byte, Int64(Int8(bitPattern: try byte())))
        case .int16, .int32, .int64: return .integer(type, try number64())
        case .double: return .double(try (0..<8).reduce(0) { bits, index in bits | UInt64(try byte()) << (8 * UInt64(index)) })
        case .binary: return .binary(try take(try unsigned()))
        case .list: return try list(depth: depth)
        case .structure: return .structure(try structure(depth: depth))
        }
    }

    private mutating func list(depth: Int) throws -> ThriftValue {
        let header = try byte()
        let count = header >> 4 == 15 ? try unsigned() : UInt64(header >> 4)
        // An element takes at least a byte, so a count beyond the bytes that are left is a lie.
        guard let type = ThriftType(rawValue: header & 15), count <= UInt64(bytes.count - position) else {
            throw damaged("a list of an unknown type or size")
        }
        let elements = try (0..<Int(count)).map { _ -> ThriftValue in
            guard type == .yes || type == .no else { return try value(type, depth: depth) }
            return .boolean(try byte() == ThriftType.yes.rawValue)
        }
        return .list(type, elements)
    }

    private mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw damaged("its end too early") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ count: UInt64) throws -> [UInt8] {
        guard count <= UInt64(bytes.count - position) else { throw damaged("its end too early") }
        defer { position += Int(count) }
        return Array(bytes[position..<position + Int(count)])
    }

    private mutating func unsigned() throws -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            result |= UInt64(next & 127) << shift
            if next < 128 { return result }
        }
        throw damaged("a number of more than ten bytes")
    }

    private mutating func number64() throws -> Int64 {
        let folded = try unsigned()
        return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
    }

    private func damaged(_ found: String) -> MartletError {
        MartletError(.corrupt, "\(what): expected a Parquet footer, found \(found) at byte \(position) of it")
    }
}

/// Writes values as `ThriftReader` reads them.
struct ThriftWriter {
    private(set) var bytes: [UInt8] = []

    /// Writes a structure's fields, in ascending order of their numbers, and its end.
    mutating func structure(_ fields: [ThriftField]) {
        var last: Int16 = 0
        for field in fields {
            header(field.number, field.value.type, after: last)
            value(field.value)
            last = field.number
        }
        end()
    }

    /// Writes what stands before a field's value. - Parameter last: the number of the field before, 0 for the first.
    mutating func header(_ number: Int16, _ type: ThriftType, after last: Int16) {
        if number > last, number - last <= 15 {
            bytes.append(UInt8(number - last) << 4 | type.rawValue)
        } else {
            bytes.append(type.rawValue)
            signed(Int64(number))
        }
    }

    /// Writes what stands before a list's elements.
    mutating func listHeader(_ type: ThriftType, count: Int) {
        bytes.append(UInt8(min(count, 15)) << 4 | type.rawValue)
        if count >= 15 { unsigned(UInt64(count)) }
    }

    /// Ends a structure.
    mutating func end() { bytes.append(0) }

    /// Writes bytes that are encoded already.
    mutating func append(encoded: [UInt8]) { bytes += encoded }

    /// Writes a value; that of a boolean field stands in its header alone.
    mutating func value(_ value: ThriftValue) {
        switch value {
        case .boolean: break
        case .integer(.byte, let number): bytes.append(UInt8(truncatingIfNeeded: number))
        case .integer(_, let number): signed(number)
        case .double(let bits): for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * UInt64(index)))) }
        case .binary(let data):
            unsigned(UInt64(data.count))
            bytes += data
        case .list(let type, let elements):
            listHeader(type, count: elements.count)
            for element in elements {
                if case .boolean(let flag) = element { bytes.append(flag ? 1 : 2) } else { self.value(element) }
            }
        case .structure(let fields): structure(fields)
        }
    }

    private mutating func signed(_ number: Int64) { unsigned(UInt64(bitPattern: (number << 1) ^ (number >> 63))) }

    private mutating func unsigned(_ number: UInt64) {
        var rest = number
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
