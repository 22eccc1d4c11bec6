import CDecimals

extension JSONCursor {
    /// The longest number that is read, in bytes.
    static let numberSizeMaxBytes = 1_024

    // MARK: Floating-point numbers

    /// Passes a number and rounds it to the nearest double. `null` is missing and becomes NaN; `NaN`, `Infinity` and `-Infinity`,
    /// which Python's `json` writes, are taken too.
    @inline(__always) mutating func double() throws -> Double {
        guard let number = quickNumber(), let double = number.double else { return try carefulDouble() }
        return double
    }

    /// Passes a number and rounds it to the nearest float, once; otherwise as `double`.
    @inline(__always) mutating func float() throws -> Float {
        let start = position
        guard let number = quickNumber(), let double = number.double, let float = Self.float(double) else {
            position = start
            return Float(bitPattern: try carefulNarrow(.float32))
        }
        return float
    }

    /// Passes doubles of usual form, as `numbers`.
    @inline(__always) mutating func doubles(into elements: Slice<UnsafeMutableBufferPointer<Double>>) -> Int {
        guard !usesVectors else { return vectors(into: elements, martlet_decimals_doubles) }
        return numbers(into: elements) { number in
            Double(bitPattern: Self.magnitude(number).bitPattern | number.minus &<< 63)
        } long: { number in
            number.double
        }
    }

    /// Passes floats of usual form, as `numbers`. No quotient of 27 bits and a power of ten up to 10⁷ is so near to the middle
    /// of two floats that the nearest double would be that middle, so rounding twice does no harm.
    @inline(__always) mutating func floats(into elements: Slice<UnsafeMutableBufferPointer<Float>>) -> Int {
        guard !usesVectors else { return vectors(into: elements, martlet_decimals_floats) }
        return numbers(into: elements) { number in
            Float(bitPattern: Float(Self.magnitude(number)).bitPattern | UInt32(truncatingIfNeeded: number.minus &<< 31))
        } long: { number in
            number.double.flatMap(Self.float)
        }
    }

    /// The kernels of `CDecimals`.
    @inline(__always) private mutating func vectors<Value>(
        into elements: Slice<UnsafeMutableBufferPointer<Value>>,
        _ read: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?, UInt8, UnsafeMutablePointer<Value>?, Int) -> Int
    ) -> Int {
        guard let first = elements.base.baseAddress else { return 0 }
        let text = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return read(text, bytes.count, &position, UInt8(ascii: ","), first + elements.startIndex, elements.count)
    }

    /// The nearest double, as in `DecimalNumber`. The digits become the significand of a double in 2⁵²..<2⁵³: on x86 a conversion
    /// would wait for the number before.
    @inline(__always) private static func magnitude(_ number: ShortNumber) -> Double {
        let digits = Double(bitPattern: (1_023 + 52) << 52 | number.digits) - 0x1p52
        return digits / PowersOfTen.doubles[number.fractionCount]
    }

    /// Passes a number and rounds it to 16 bits, once; otherwise as `double`.
    mutating func bits(_ format: NarrowFormat) throws -> UInt16 { UInt16(try carefulNarrow(format)) }

    /// The float nearest to the decimal that the double is nearest to; `nil` where the double does not tell: it lies half-way
    /// between two floats, is subnormal as a float, or is too large for one.
    @inline(__always) private static func float(_ double: Double) -> Float? {
        let magnitude = double.bitPattern & (1 << 63 - 1)
        let smallest = Double(Float.leastNormalMagnitude).bitPattern
        let largest = Double(Float.greatestFiniteMagnitude).bitPattern
        guard magnitude &- smallest <= largest - smallest || magnitude == 0, double.bitPattern & 0x1FFF_FFFF != 0x1000_0000 else {
            return nil
        }
        return Float(double)
    }

    @inline(never) private mutating func carefulDouble() throws -> Double {
        if let special = takeSpecial() { return special }
        let start = position
        if let double = try scannedNumber()?.double { return double }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let double = Double(text), double.isFinite else {
            throw JSONFault(position: start, expected: "a number within the range of FP64")
        }
        return double
    }

    @inline(never) private mutating func carefulNarrow(_ format: NarrowFormat) throws -> UInt32 {
        if let special = takeSpecial() { return format.bits(of: special) { 0 } }
        let start = position
        let double = try carefulDouble()
        let bits = format.bits(of: double) {
            let order = ExactDecimal(bytes[start..<position]).order(relativeTo: double)
            return order
        }
        guard bits & (format.sign - 1) < format.infinity else {
            throw JSONFault(position: start, expected: "a number within the range of its datatype")
        }
        return bits
    }

    private mutating func takeSpecial() -> Double? {
        if takeNull() || takeWord("NaN") { return .nan }
        if takeWord("Infinity") { return .infinity }
        return takeWord("-Infinity") ? -.infinity : nil
    }

    // MARK: Integers

    /// Passes integers of usual form, as `numbers`.
    @inline(__always) mutating func integers<Integer: FixedWidthInteger>(into elements: Slice<UnsafeMutableBufferPointer<Integer>>) -> Int {
        numbers(into: elements) { number in
            guard number.fractionCount == 0 else { return nil }
            return Integer(exactly: number.minus == 1 ? -Int64(number.digits) : Int64(number.digits))
        } long: { _ in
            nil
        }
    }

    /// Passes an integer. - Throws: where it has a fraction or an exponent, or is beyond the type's range.
    @inline(__always) mutating func integer<Integer: FixedWidthInteger>() throws -> Integer {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let first = position
        var magnitude: UInt64 = 0
        var isTooLarge = false
        while case let digit = peek &- UInt8(ascii: "0"), digit <= 9 {
            let (tens, overflows) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carries) = tens.addingReportingOverflow(UInt64(digit))
            isTooLarge = isTooLarge || overflows || carries
            magnitude = sum
            position += 1
        }
        let hasForm = position > first && (position == first + 1 || bytes[first] != UInt8(ascii: "0")) && !continuesNumber(peek)
        guard hasForm, !isTooLarge, let integer = signed(magnitude, isNegative, as: Integer.self) else {
            throw JSONFault(position: start, expected: "an integer from \(Integer.min) to \(Integer.max)")
        }
        return integer
    }

    @inline(__always) private func signed<Integer: FixedWidthInteger>(
        _ magnitude: UInt64, _ isNegative: Bool, as type: Integer.Type
    ) -> Integer? {
        guard isNegative else { return Integer(exactly: magnitude) }
        return magnitude <= 1 << 63 ? Integer(exactly: Int64(truncatingIfNeeded: 0 &- magnitude)) : nil
    }

    @inline(__always) private func continuesNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
    }
}
