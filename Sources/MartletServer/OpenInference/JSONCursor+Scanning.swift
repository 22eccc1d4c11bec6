extension JSONCursor {
    // MARK: Quickly

    /// How many bytes there must be from a quick number's first on: sign, three times eight digits, point and what follows.
    static var quickSizeBytes: Int { 48 }

    /// Passes a number of usual form. - Returns: `nil` where it is not that, or too near to the end of the bytes.
    @inline(__always) mutating func quickNumber() -> DecimalNumber? {
        guard let base = bytes.baseAddress, bytes.count - position >= Self.quickSizeBytes,
            let (number, end) = Self.quickNumber(base, at: position)
        else { return nil }
        position = end
        return number
    }

    /// The number at a place and where it ends: up to seven digits before the point, 19 in all, no exponent; else `nil`.
    @inline(__always) static func quickNumber(_ base: UnsafeRawPointer, at place: Int) -> (number: DecimalNumber, end: Int)? {
        let isNegative = base.load(fromByteOffset: place, as: UInt8.self) == UInt8(ascii: "-")
        let first = place &+ (isNegative ? 1 : 0)
        let isZeroFirst = base.load(fromByteOffset: first, as: UInt8.self) == UInt8(ascii: "0")
        let (whole, wholeCount) = digits(base, at: first)
        guard wholeCount > 0, wholeCount < 8, !isZeroFirst || wholeCount == 1 else { return nil }
        var end = first &+ wholeCount
        var number = DecimalNumber(isNegative: isNegative, digits: whole, exponent: 0)
        if base.load(fromByteOffset: end, as: UInt8.self) == UInt8(ascii: ".") {
            let (digits, fractionCount) = fraction(base, at: end &+ 1, after: whole)
            guard fractionCount > 0, wholeCount &+ fractionCount <= 19 else { return nil }
            number.digits = digits
            number.exponent = 0 &- fractionCount
            end &+= 1 &+ fractionCount
        }
        guard base.load(fromByteOffset: end, as: UInt8.self) | 0x20 != UInt8(ascii: "e") else { return nil }
        return (number, end)
    }

    /// The digits with up to 24 after the point behind them; no more than 19 in all are right.
    @inline(__always) private static func fraction(
        _ base: UnsafeRawPointer, at place: Int, after whole: UInt64
    ) -> (digits: UInt64, count: Int) {
        let (first, firstCount) = digits(base, at: place)
        let eight = whole &* PowersOfTen.integers[firstCount] &+ first
        guard firstCount == 8 else { return (eight, firstCount) }
        let (second, secondCount) = digits(base, at: place &+ 8)
        let sixteen = eight &* PowersOfTen.integers[secondCount] &+ second
        guard secondCount == 8 else { return (sixteen, 8 &+ secondCount) }
        let (third, thirdCount) = digits(base, at: place &+ 16)
        return (sixteen &* PowersOfTen.integers[thirdCount] &+ third, 16 &+ thirdCount)
    }

    /// The digits among the next eight bytes up to the first that is none, and how many there are.
    @inline(__always) private static func digits(_ base: UnsafeRawPointer, at place: Int) -> (value: UInt64, count: Int) {
        let word = word(base, place) ^ zeros
        let others = ((word &+ beyondNine) | word) & highBits
        let count = others.trailingZeroBitCount &>> 3
        // Leading zeros make eight digits of them.
        return (integer(word << (64 &- 8 &* UInt64(count))), count)
    }

    // MARK: Carefully

    /// Passes a number of at most 32 bytes without an exponent, and tells whether it is without a fraction; else `nil`, and nothing is
    /// passed.
    mutating func passPlainNumber() -> Bool? {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let isZero = peek == UInt8(ascii: "0")
        let wholeCount = passDigits()
        let hasPoint = take(UInt8(ascii: "."))
        let isGood = wholeCount > 0 && (!isZero || wholeCount == 1) && (!hasPoint || passDigits() > 0)
        guard isGood, peek | 0x20 != UInt8(ascii: "e"), position - start <= 32 else {
            position = start
            return nil
        }
        return !hasPoint
    }

    private mutating func passDigits() -> Int {
        let start = position
        while peek &- UInt8(ascii: "0") <= 9 { position &+= 1 }
        return position - start
    }

    /// Passes any number. - Returns: `nil` where it has more than 19 digits.
    /// - Throws: where there is none, or it is longer than is read.
    @inline(never) mutating func scannedNumber() throws -> DecimalNumber? {
        let start = position
        var number = DecimalNumber(isNegative: take(UInt8(ascii: "-")), digits: 0, exponent: 0)
        var digitCount = 0
        let isZero = peek == UInt8(ascii: "0")
        let wholeCount = scanDigits(into: &number, &digitCount)
        guard wholeCount == 1 || (wholeCount > 1 && !isZero) else {
            throw JSONFault(position: start, expected: wholeCount == 0 ? "a number" : "a number without leading zeros")
        }
        if take(UInt8(ascii: ".")) {
            let count = scanDigits(into: &number, &digitCount)
            guard count > 0 else { throw fault("digits after the point") }
            number.exponent = -count
        }
        if peek | 0x20 == UInt8(ascii: "e") {
            position += 1
            number.exponent += try scannedExponent()
        }
        guard position - start <= Self.numberSizeMaxBytes else {
            throw JSONFault(position: start, expected: "a number of at most \(Self.numberSizeMaxBytes) characters")
        }
        return digitCount <= 19 ? number : nil
    }

    /// - Parameter digitCount: how many digits there are from the first on that is not 0.
    private mutating func scanDigits(into number: inout DecimalNumber, _ digitCount: inout Int) -> Int {
        let start = position
        while case let digit = peek &- UInt8(ascii: "0"), digit <= 9 {
            number.digits = number.digits &* 10 &+ UInt64(digit)
            if digitCount > 0 || digit > 0 { digitCount += 1 }
            position += 1
        }
        return position - start
    }

    private mutating func scannedExponent() throws -> Int {
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { _ = take(UInt8(ascii: "+")) }
        var exponent = 0
        let start = position
        while case let digit = peek &- UInt8(ascii: "0"), digit <= 9 {
            exponent = min(exponent * 10 + Int(digit), 1_000_000)
            position += 1
        }
        guard position > start else { throw fault("digits in the exponent") }
        return isNegative ? -exponent : exponent
    }
}
