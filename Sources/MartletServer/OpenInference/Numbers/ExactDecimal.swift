/// A decimal number with all of its digits, for the rare one whose first 19 do not tell how it is rounded.
struct ExactDecimal {
    private var digits = NaturalNumber()
    private var exponent = 0

    /// Takes a number in JSON's grammar; its sign is left out.
    init(_ text: some Sequence<UInt8>) {
        var hasPoint = false
        var exponentText = ""
        var isInExponent = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isInExponent = true
            case _ where isInExponent: exponentText.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.multiply(by: 10, adding: UInt32(byte - UInt8(ascii: "0")))
                if hasPoint { exponent -= 1 }
            default: break
            }
        }
        exponent += Int(exponentText) ?? 0
    }

    /// Where the number lies relative to the magnitude of a finite double: -1 below it, 0 at it, 1 above it.
    func order(relativeTo double: Double) -> Int {
        var left = digits
        var right = NaturalNumber(double.significandBitPattern | (double.isNormal ? 1 << 52 : 0))
        let exponent2 = Int(max(double.exponent, Double.leastNormalMagnitude.exponent)) - 52
        left.scale(byTenTo: max(exponent, 0), twoTo: max(-exponent2, 0))
        right.scale(byTenTo: max(-exponent, 0), twoTo: max(exponent2, 0))
        return left.order(relativeTo: right)
    }
}

/// A natural number of any size, in limbs of 32 bits from the lowest on, without zeros at the upper end.
private struct NaturalNumber {
    private var limbs: [UInt32] = []

    init() {}

    init(_ value: UInt64) {
        limbs = [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
        trim()
    }

    mutating func multiply(by factor: UInt32, adding term: UInt32 = 0) {
        var carry = UInt64(term)
        for index in limbs.indices {
            carry += UInt64(limbs[index]) * UInt64(factor)
            limbs[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    mutating func scale(byTenTo ten: Int, twoTo two: Int) {
        for _ in 0..<ten / 9 { multiply(by: 1_000_000_000) }
        for _ in 0..<ten % 9 { multiply(by: 10) }
        multiply(by: 1 << UInt32(two % 32))
        if !limbs.isEmpty { limbs.insert(contentsOf: repeatElement(0, count: two / 32), at: 0) }
    }

    func order(relativeTo other: NaturalNumber) -> Int {
        guard limbs.count == other.limbs.count else { return limbs.count < other.limbs.count ? -1 : 1 }
        for (left, right) in zip(limbs.reversed(), other.limbs.reversed()) where left != right { return left < right ? -1 : 1 }
        return 0
    }

    private mutating func trim() {
        while limbs.last == 0 { limbs.removeLast() }
    }
}
