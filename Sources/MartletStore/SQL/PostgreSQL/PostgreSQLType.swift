/// How the server writes a column's values in binary.
enum PostgreSQLType {
    case bool, bytes, integer16, integer32, integer64, text, real32, real64, numeric, void

    /// - Parameter number: the type's number in the server's catalog. `nil` for a type that is not read here.
    init?(_ number: UInt32) {
        switch number {
        case 16: self = .bool
        case 17: self = .bytes
        case 20: self = .integer64
        case 21: self = .integer16
        case 23: self = .integer32
        case 18, 19, 25, 114, 142, 705, 1042, 1043: self = .text
        case 700: self = .real32
        case 701: self = .real64
        case 1700: self = .numeric
        case 2278: self = .void
        default: return nil
        }
    }

    /// The type's number that a value is bound with.
    static func number(of value: SQLValue) -> UInt32 {
        switch value {
        case .null: 0
        case .integer: 20
        case .real: 701
        case .text: 25
        case .bytes: 17
        }
    }
}

/// A value as the server wrote it.
struct PostgreSQLField {
    let type: PostgreSQLType
    let bytes: UnsafeRawBufferPointer

    var integer: Int64 {
        switch type {
        case .bool: bytes.first == 1 ? 1 : 0
        case .integer16: Int64(Int16(truncatingIfNeeded: bits))
        case .integer32: Int64(Int32(truncatingIfNeeded: bits))
        case .integer64: Int64(bitPattern: bits)
        case .real32, .real64: Int64(clamping: real)
        case .numeric: PostgreSQLNumeric(bytes).integer
        case .text: Int64(text) ?? 0
        case .bytes, .void: 0
        }
    }

    var real: Double {
        switch type {
        case .bool, .integer16, .integer32, .integer64: Double(integer)
        case .real32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .real64: Double(bitPattern: bits)
        case .numeric: PostgreSQLNumeric(bytes).real
        case .text: Double(text) ?? 0
        case .bytes, .void: 0
        }
    }

    var text: String {
        switch type {
        case .text, .bytes: String(decoding: bytes, as: UTF8.self)
        case .bool, .integer16, .integer32, .integer64: String(integer)
        case .real32, .real64, .numeric: String(real)
        case .void: ""
        }
    }

    /// At most 8 bytes, the most significant first.
    private var bits: UInt64 {
        bytes.count == 8 ? UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) : bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// A number of any size, as sums and averages of integers come.
private struct PostgreSQLNumeric {
    private var isNegative = false
    /// How many digits stand before the point.
    private var wholeCount = 0
    /// Of base 10,000.
    private var digits: ArraySlice<UInt16> = []

    /// Reads a count of digits, the weight of the first, a sign, a scale and the digits.
    init(_ bytes: UnsafeRawBufferPointer) {
        let words = stride(from: 0, to: bytes.count & ~1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        guard words.count > 4 else { return }
        wholeCount = Int(Int16(bitPattern: words[1])) + 1
        isNegative = words[2] == 0x4000
        digits = words[4...]
    }

    var real: Double {
        var power = wholeCount - digits.count
        var value = digits.reduce(0.0) { $0 * 10_000 + Double($1) }
        while power > 0 { (value, power) = (value * 10_000, power - 1) }
        while power < 0 { (value, power) = (value / 10_000, power + 1) }
        return isNegative ? -value : value
    }

    /// Without what is behind the point; the nearest where it does not fit.
    var integer: Int64 {
        var value: Int64 = 0
        for place in 0..<max(0, wholeCount) {
            let digit = place < digits.count ? Int64(digits[digits.startIndex + place]) : 0
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, isBeyond) = isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if isTooLarge || isBeyond { return isNegative ? .min : .max }
            value = sum
        }
        return value
    }
}

extension Int64 {
    /// The nearest; 0 for NaN.
    fileprivate init(clamping real: Double) {
        self = real.isNaN ? 0 : real >= 0x1p63 ? .max : real <= -0x1p63 ? .min : Int64(real)
    }
}
