/// A decimal number as it was read: `digits` · 10^`exponent`, with its sign.
struct DecimalNumber {
    var isNegative: Bool
    /// The significant digits as one integer.
    var digits: UInt64
    var exponent: Int

    /// The nearest double, ties to even; `nil` where more than 64 bits of arithmetic or other exponents are needed.
    @inline(__always) var double: Double? {
        if digits >> 53 == 0 && exponent.magnitude <= 22 { return signed(quotientOrProduct) }
        guard exponent.magnitude <= PowersOfTen.exponentMax else { return digits == 0 ? signed(0) : nil }
        return signed(digits == 0 ? 0 : product)
    }

    /// Both operands are exact, so the result is rounded once (Clinger, "How to read floating point numbers accurately", PLDI 1990).
    @inline(__always) private var quotientOrProduct: Double {
        let significand = Double(Int64(bitPattern: digits))
        let power = PowersOfTen.doubles[Int(exponent.magnitude)]
        return exponent < 0 ? significand / power : significand * power
    }

    @inline(__always) private func signed(_ magnitude: Double) -> Double {
        Double(bitPattern: magnitude.bitPattern | (isNegative ? 1 << 63 : 0))
    }

    /// The rounded product with 128 bits of the power (Lemire, "Number parsing at a gigabyte per second", 2021; that no number
    /// falls through is shown by Mushtak and Lemire, "Fast number parsing without fallback", 2022).
    @inline(never) private var product: Double {
        let leadingZeros = digits.leadingZeroBitCount
        let (high, low) = upperProduct(digits << leadingZeros)
        let upperBit = Int(high >> 63)
        let shift = upperBit + 9
        var significand = high >> shift
        let exponent2 = (217_706 * exponent) >> 16 + 63 + upperBit - leadingZeros + 1_023
        let isTie = low <= 1 && (-4...23).contains(exponent) && significand & 3 == 1 && significand << shift == high
        if isTie { significand &= ~1 }
        significand = (significand + significand & 1) >> 1
        // A carry out of the significand goes into the exponent, where it belongs.
        return Double(bitPattern: UInt64(exponent2 - 1) << 52 + significand)
    }

    private func upperProduct(_ normalized: UInt64) -> (high: UInt64, low: UInt64) {
        let power = PowersOfTen.significand(exponent)
        var (high, low) = normalized.multipliedFullWidth(by: power.high)
        guard high & 0x1FF == 0x1FF else { return (high, low) }
        let (sum, carries) = low.addingReportingOverflow(normalized.multipliedFullWidth(by: power.low).high)
        low = sum
        if carries { high &+= 1 }
        return (high, low)
    }
}
