/// A decimal number as a text has it, rounded exactly once when it is asked for as a `Double` or a `Float`.
///
/// Nearly all numbers of a model have at most 19 digits and a small power of ten; for them one division or multiplication of
/// 128 bits by a power of five gives all bits that rounding needs. The others take the standard library's way.
struct DecimalNumber {
    /// The largest power of five that fits beside a full significand.
    private static let powerMax = 27
    private static let powersOfFive: [UInt64] = (0..<27).reduce(into: [1]) { powers, _ in powers.append((powers.last ?? 1) * 5) }

    private let isNegative: Bool
    /// The digits without the point; complete only where `isComplete`.
    private let significand: UInt64
    private let powerOfTen: Int
    private let isComplete: Bool
    /// The text itself, for what the short way cannot do.
    private let text: UnsafeBufferPointer<UInt8>.SubSequence

    /// Whether the text is digits only, perhaps with a sign.
    let isWhole: Bool

    /// Reads `[+-]digits[.digits][e[+-]digits]` at a position, and moves the position behind it. `nil` where no such number is.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, at position: inout Int, until end: Int) {
        var scanner = Scanner(bytes: bytes, position: position, end: end)
        guard scanner.scan() else { return nil }
        text = bytes[position..<scanner.position]
        position = scanner.position
        isNegative = scanner.isNegative
        significand = scanner.significand
        powerOfTen = scanner.exponent &+ scanner.pointShift
        isComplete = scanner.isComplete
        isWhole = scanner.isWhole
    }

    /// Reads a whole number of at most 18 digits and moves the position behind it: for the arrays of indices that most of a model is.
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>, at position: inout Int, until end: Int) -> Int? {
        let isNegative = position < end && bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let start = position
        var value = 0
        while position < end, position - start < 18 {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value &* 10 &+ Int(digit)
            position += 1
        }
        return position == start ? nil : isNegative ? -value : value
    }

    /// The nearest `Double`, ties to even.
    var double: Double {
        guard let scaled = rounded(bits: 53) else { return Double(String(decoding: text, as: UTF8.self)) ?? .nan }
        return scaled
    }

    /// The nearest `Float`, ties to even; never by way of a rounded `Double`.
    var float: Float {
        guard let scaled = rounded(bits: 24) else { return Float(String(decoding: text, as: UTF8.self)) ?? .nan }
        return Float(scaled)
    }

    /// The whole number where it fits.
    var integer: Int? {
        guard isWhole, isComplete else { return nil }
        guard significand <= UInt64(Int.max) else { return isNegative && significand == 1 << 63 ? Int.min : nil }
        return isNegative ? -Int(significand) : Int(significand)
    }

    /// The number rounded to some bits of significand; `nil` where 128 bits do not do.
    private func rounded(bits: UInt64) -> Double? {
        guard isComplete else { return nil }
        guard significand != 0 else { return isNegative ? -0.0 : 0 }
        guard powerOfTen >= -Self.powerMax, powerOfTen <= Self.powerMax else { return nil }
        let (mantissa, exponent, isInexact) =
            powerOfTen < 0 ? divided(by: Self.powersOfFive[-powerOfTen]) : multiplied(by: Self.powersOfFive[powerOfTen])
        let dropped = 64 - bits
        let rest = mantissa & ((1 << dropped) - 1)
        let half: UInt64 = 1 << (dropped - 1)
        var kept = mantissa >> dropped
        if rest > half || (rest == half && (isInexact || kept & 1 == 1)) { kept += 1 }
        // The exponent lies between -160 and 160: a power of two that is exact, and so is the product.
        let value = Double(kept) * Double(bitPattern: UInt64(1023 + exponent + Int(dropped)) << 52)
        return isNegative ? -value : value
    }

    /// The 64 leading bits of the product, their power of two, and whether bits were lost.
    private func multiplied(by power: UInt64) -> (UInt64, Int, Bool) {
        let product = significand.multipliedFullWidth(by: power)
        guard product.high != 0 else {
            let shift = product.low.leadingZeroBitCount
            return (product.low << shift, powerOfTen - shift, false)
        }
        let shift = product.high.leadingZeroBitCount
        guard shift > 0 else { return (product.high, powerOfTen + 64, product.low != 0) }
        return (product.high << shift | product.low >> (64 - shift), powerOfTen + 64 - shift, product.low << shift != 0)
    }

    /// The 64 leading bits of the quotient, their power of two, and whether there is a remainder.
    private func divided(by power: UInt64) -> (UInt64, Int, Bool) {
        let divisorShift = power.leadingZeroBitCount
        let dividendShift = significand.leadingZeroBitCount
        let divisor = power << divisorShift
        let dividend = significand << dividendShift
        let isLarger = dividend >= divisor
        // The dividend's upper half must be below the divisor, so that the quotient has 64 bits, the first of them 1.
        let (quotient, remainder) = divisor.dividingFullWidth(isLarger ? (dividend >> 1, dividend << 63) : (dividend, 0))
        return (quotient, powerOfTen + divisorShift - dividendShift - (isLarger ? 63 : 64), remainder != 0)
    }
}

/// Passes the characters of a number.
private struct Scanner {
    /// Exponents beyond this give 0 or infinity whatever the digits.
    private static let exponentMax = 1_000_000

    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int
    let end: Int
    var isNegative = false
    var significand: UInt64 = 0
    var isComplete = true
    var isWhole = true
    var exponent = 0
    /// How the point moves the power of ten: minus the digits behind it.
    var pointShift = 0
    private var digitCount = 0
    private var keptCount = 0

    init(bytes: UnsafeBufferPointer<UInt8>, position: Int, end: Int) {
        self.bytes = bytes
        self.position = position
        self.end = end
    }

    mutating func scan() -> Bool {
        isNegative = sign()
        digits()
        if position < end, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            let start = position
            digits()
            pointShift = start - position
        }
        guard digitCount > 0 else { return false }
        return exponentPart()
    }

    private mutating func sign() -> Bool {
        guard position < end, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") else { return false }
        position += 1
        return bytes[position - 1] == UInt8(ascii: "-")
    }

    private mutating func digits() {
        while position < end {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            position += 1
            digitCount += 1
            if keptCount < 19 {
                significand = significand &* 10 &+ UInt64(digit)
                // Leading zeros cost no room.
                if significand != 0 { keptCount += 1 }
            } else {
                isComplete = false
            }
        }
    }

    private mutating func exponentPart() -> Bool {
        guard position < end, bytes[position] | 0x20 == UInt8(ascii: "e") else { return true }
        isWhole = false
        position += 1
        let isNegativeExponent = sign()
        let start = position
        while position < end {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            position += 1
            exponent = min(exponent * 10 + Int(digit), Self.exponentMax)
        }
        guard position > start else { return false }
        if isNegativeExponent { exponent = -exponent }
        return true
    }
}
