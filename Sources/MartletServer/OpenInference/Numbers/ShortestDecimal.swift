/// The shortest decimal number that reads back as the same binary one; of several, the nearest (Giulietti, "The Schubfach way
/// to render doubles", 2021).
struct ShortestDecimal {
    /// The digits as one integer; zeros may stand at its end.
    let digits: UInt64
    let exponent: Int

    /// The decimal of a double: finite and not zero. `nil` where its exponent is beyond the table of powers.
    @inline(__always) init?(_ value: Double) {
        let bits = value.bitPattern & (1 << 63 - 1)
        self.init(significand: bits & (1 << 52 - 1), biased: Int(bits >> 52), bitCount: 52, bias: 1_075)
    }

    /// The decimal of a float: finite and not zero.
    @inline(__always) init?(_ value: Float) {
        let bits = value.bitPattern & (1 << 31 - 1)
        self.init(significand: UInt64(bits & (1 << 23 - 1)), biased: Int(bits >> 23), bitCount: 23, bias: 150)
    }

    /// - Parameters:
    ///   - biased: the exponent as it is stored; 0 for subnormal numbers.
    ///   - bias: what to take off it for the exponent of an integer significand.
    private init?(significand: UInt64, biased: Int, bitCount: Int, bias: Int) {
        let isPowerOfTwo = significand == 0 && biased > 1
        let c = biased == 0 ? significand : significand | 1 << UInt64(bitCount)
        let q = max(biased, 1) - bias
        // ⌊log₁₀(2^q)⌋, or of ¾ · 2^q where the neighbour below is nearer than the one above.
        let k = (q * 1_262_611 - (isPowerOfTwo ? 524_031 : 0)) >> 22
        guard k.magnitude <= PowersOfTen.exponentMax else { return nil }
        let power = PowersOfTen.significand(-k)
        let shift = UInt64(q + (-k * 1_741_647) >> 19 + 1)
        // Four times the number and the ends of the interval that rounds to it, in units of 10^k.
        let value = Self.roundedToOdd(power, (4 * c) << shift)
        let isOdd = c & 1
        let lower = Self.roundedToOdd(power, (4 * c - (isPowerOfTwo ? 1 : 2)) << shift) + isOdd
        let upper = Self.roundedToOdd(power, (4 * c + 2) << shift) - isOdd
        let floor = value / 4
        let tens = floor / 10
        let tensFit = floor >= 10 ? (lower <= 40 * tens, 40 * tens + 40 <= upper) : (false, false)
        if tensFit.0 != tensFit.1 {
            (digits, exponent) = (tens + (tensFit.1 ? 1 : 0), k + 1)
            return
        }
        let onesFit = (lower <= 4 * floor, 4 * floor + 4 <= upper)
        let middle = 4 * floor + 2
        let isAbove = onesFit.0 != onesFit.1 ? onesFit.1 : value > middle || (value == middle && floor & 1 == 1)
        (digits, exponent) = (floor + (isAbove ? 1 : 0), k)
    }

    /// The upper 64 bits of the product of 192; its last bit is set where lower ones were not all zero.
    @inline(__always) private static func roundedToOdd(_ power: PowersOfTen.Significand, _ factor: UInt64) -> UInt64 {
        let below = power.low.multipliedFullWidth(by: factor).high
        let (high, low) = power.high.multipliedFullWidth(by: factor)
        let (sum, carries) = low.addingReportingOverflow(below)
        return (high &+ (carries ? 1 : 0)) | (sum > 1 ? 1 : 0)
    }
}
