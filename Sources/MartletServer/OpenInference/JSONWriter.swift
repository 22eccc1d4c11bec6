/// Writes JSON into bytes that are known to be enough, beginning at their start.
struct JSONWriter {
    /// How many bytes more than what is written must be there: digits are written in words.
    static let slackSizeBytes = 32

    /// The largest counts of bytes that numbers take: `-1.7976931348623157e+308`, `-1234567900000000.0`, `-9223372036854775808`.
    static let doubleSizeMaxBytes = 24
    static let floatSizeMaxBytes = 20
    static let integerSizeMaxBytes = 20

    private let bytes: UnsafeMutableRawBufferPointer
    /// How many bytes were written.
    private(set) var count = 0

    init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    // MARK: Bytes and texts

    @inline(__always) mutating func write(byte: UInt8) {
        bytes[count] = byte
        count &+= 1
    }

    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { write($0) }
    }

    mutating func write(_ part: UnsafeBufferPointer<UInt8>) { write(UnsafeRawBufferPointer(part)) }

    mutating func write(_ part: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + part.count]).copyMemory(from: part)
        count += part.count
    }

    /// Writes a text in quotes.
    mutating func write(quoted text: String) {
        var text = text
        text.withUTF8 { write(quoted: $0) }
    }

    /// Writes UTF-8 in quotes.
    mutating func write(quoted text: some Sequence<UInt8>) {
        write(byte: UInt8(ascii: "\""))
        for byte in text {
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { write(byte: byte) } else { write(escaped: byte) }
        }
        write(byte: UInt8(ascii: "\""))
    }

    /// How many bytes that takes.
    static func quotedSizeBytes(_ text: some Sequence<UInt8>) -> Int {
        text.reduce(2) { size, byte in
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return size + 2 }
            return size + (byte < 0x20 ? 6 : 1)
        }
    }

    private mutating func write(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): write("\\n")
        case UInt8(ascii: "\r"): write("\\r")
        case UInt8(ascii: "\t"): write("\\t")
        case 0..<0x20:
            write(byte < 0x10 ? "\\u000" : "\\u001")
            write(byte: byte & 0xF < 10 ? UInt8(ascii: "0") + byte & 0xF : UInt8(ascii: "a") + byte & 0xF - 10)
        default:
            write(byte: UInt8(ascii: "\\"))
            write(byte: byte)
        }
    }

    // MARK: Numbers

    mutating func write(_ number: some FixedWidthInteger & SignedInteger) {
        if number < 0 { write(byte: UInt8(ascii: "-")) }
        write(UInt64(number.magnitude))
    }

    mutating func write(_ number: some FixedWidthInteger & UnsignedInteger) {
        let number = UInt64(number)
        guard number >= 100_000_000 else { return writeShort(number) }
        let (upper, lower) = number.quotientAndRemainder(dividingBy: 100_000_000)
        write(upper)
        store(DecimalDigits.eight(lower) | DecimalDigits.zeros, at: count)
        count += 8
    }

    private mutating func writeShort(_ number: UInt64) {
        let size = number == 0 ? 1 : DecimalDigits.count(number)
        store((DecimalDigits.eight(number) | DecimalDigits.zeros) >> UInt64(8 * (8 - size)), at: count)
        count += size
    }

    /// Writes the shortest decimal that reads back as this double, which must be finite; whole numbers end in `.0`.
    mutating func write(_ number: Double) {
        if number.sign == .minus { write(byte: UInt8(ascii: "-")) }
        let magnitude = number.magnitude
        if magnitude < 0x1p53, case let whole = UInt64(magnitude), Double(whole) == magnitude {
            write(digits: whole, exponent: 0)
        } else if let decimal = ShortestDecimal(magnitude) {
            write(digits: decimal.digits, exponent: decimal.exponent)
        } else {
            write(ascii: magnitude.description)
        }
    }

    /// Writes the shortest decimal that reads back as this float, which must be finite; whole numbers end in `.0`.
    mutating func write(_ number: Float) {
        if number.sign == .minus { write(byte: UInt8(ascii: "-")) }
        let magnitude = number.magnitude
        if magnitude < 0x1p24, case let whole = UInt64(magnitude), Float(whole) == magnitude {
            write(digits: whole, exponent: 0)
        } else if let decimal = ShortestDecimal(magnitude) {
            write(digits: decimal.digits, exponent: decimal.exponent)
        } else {
            write(ascii: magnitude.description)
        }
    }

    private mutating func write(ascii text: String) {
        for byte in text.utf8 { write(byte: byte) }
    }

    /// Writes a number of at most 17 digits: with a point from 10⁻⁵ on and below 10¹⁶, else with an exponent.
    private mutating func write(digits: UInt64, exponent: Int) {
        guard digits > 0 else { return write("0.0") }
        let size = DecimalDigits.count(digits)
        let (first, rest) = (digits &* PowersOfTen.integers[17 &- size]).quotientAndRemainder(dividingBy: 10_000_000_000_000_000)
        let (upper, lower) = rest.quotientAndRemainder(dividingBy: 100_000_000)
        let text = Digits(first: UInt8(first), upper: DecimalDigits.eight(upper), lower: DecimalDigits.eight(lower))
        switch size &+ exponent {
        case -4...0: writeSmall(text, zeroCount: 0 &- size &- exponent)
        case 1...16: writeWhole(text, wholeCount: size &+ exponent)
        case let point: writeScientific(text, exponent: point - 1)
        }
    }

    /// Seventeen digits, zeros at the end among them.
    private struct Digits {
        let first: UInt8
        let upper: UInt64
        let lower: UInt64

        /// How many there are without the zeros at the end.
        var count: Int { lower != 0 ? 17 &- lower.leadingZeroBitCount &>> 3 : 9 &- upper.leadingZeroBitCount &>> 3 }
    }

    private mutating func writeSmall(_ digits: Digits, zeroCount: Int) {
        // "0.000000" in one word.
        store(0x3030_3030_3030_2E30, at: count)
        store(digits, at: count &+ 2 &+ zeroCount)
        count &+= 2 &+ zeroCount &+ digits.count
    }

    private mutating func writeWhole(_ digits: Digits, wholeCount: Int) {
        store(digits, at: count)
        let place = count &+ wholeCount
        let (fraction, rest) = (word(at: place), word(at: place &+ 8))
        bytes[place] = UInt8(ascii: ".")
        store(fraction, at: place &+ 1)
        store(rest, at: place &+ 9)
        if digits.count <= wholeCount { bytes[place &+ 1] = UInt8(ascii: "0") }
        count &+= max(digits.count &+ 1, wholeCount &+ 2)
    }

    private mutating func writeScientific(_ digits: Digits, exponent: Int) {
        store(digits, at: count &+ 1)
        bytes[count] = bytes[count &+ 1]
        bytes[count &+ 1] = UInt8(ascii: ".")
        count += digits.count == 1 ? 1 : digits.count + 1
        write(byte: UInt8(ascii: "e"))
        write(exponent)
    }

    @inline(__always) private func store(_ digits: Digits, at place: Int) {
        bytes[place] = UInt8(ascii: "0") | digits.first
        store(digits.upper | DecimalDigits.zeros, at: place &+ 1)
        store(digits.lower | DecimalDigits.zeros, at: place &+ 9)
    }

    @inline(__always) private func store(_ word: UInt64, at place: Int) {
        bytes.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self)
    }

    @inline(__always) private func word(at place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
}
