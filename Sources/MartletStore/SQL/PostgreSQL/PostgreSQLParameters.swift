import MartletCore

/// The values of a statement as libpq takes them: in binary, so that each arrives as it is.
struct PostgreSQLParameters {
    /// The most values of a statement; the protocol counts them in 16 bits.
    static let countMax = 65_535

    /// The types' numbers; 0 leaves the type of a null to the server.
    private(set) var types: [UInt32] = []
    private var formats: [Int32] = []
    private var lengths: [Int32] = []
    /// The values, a zero behind each, so that an empty one has an address too.
    private var bytes: [UInt8] = []
    /// Where a value begins; -1 for null.
    private var places: [Int] = []

    var count: Int { types.count }

    /// Puts other values in place. - Throws: `invalidInput`, `limitExceeded`; no value is in the message.
    mutating func set(_ values: [SQLValue]) throws {
        types.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        guard values.count <= Self.countMax else {
            throw MartletError(.limitExceeded, "a statement takes at most \(Self.countMax) values, found \(values.count)")
        }
        for value in values { try append(value) }
    }

    private mutating func append(_ value: SQLValue) throws {
        let start = bytes.count
        switch value {
        case .null: return append(type: 0, at: -1, length: 0)
        // As SQLite has it.
        case .real(let real) where real.isNaN: return append(type: 0, at: -1, length: 0)
        case .integer(let integer): Swift.withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
        case .real(let real): Swift.withUnsafeBytes(of: real.bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
        case .text(let text):
            bytes.append(contentsOf: text.utf8)
            guard !bytes[start...].contains(0) else {
                throw MartletError(.invalidInput, "a text holds the character U+0000, which PostgreSQL does not store; leave it out")
            }
        case .bytes(let content): bytes.append(contentsOf: content)
        }
        guard let length = Int32(exactly: bytes.count - start) else {
            throw MartletError(.limitExceeded, "a value has \(bytes.count - start) bytes, PostgreSQL stores at most 1 GB")
        }
        bytes.append(0)
        append(type: PostgreSQLType.number(of: value), at: start, length: length)
    }

    private mutating func append(type: UInt32, at place: Int, length: Int32) {
        types.append(type)
        formats.append(1)
        lengths.append(length)
        places.append(place)
    }

    /// Calls a closure with libpq's arrays, which are only valid meanwhile.
    func withArrays<Value>(
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Value
    ) -> Value {
        bytes.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(places.map { $0 < 0 ? nil : start?.advanced(by: $0) }, lengths, formats)
        }
    }
}
