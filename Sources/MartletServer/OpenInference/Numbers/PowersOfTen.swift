/// The powers of ten that reading and writing decimal numbers multiply by.
enum PowersOfTen {
    /// The 128 significant bits of a power, rounded up.
    struct Significand {
        let high: UInt64
        let low: UInt64
    }

    /// The largest exponent in either direction: 5⁵⁵ is the last power of five that 128 bits hold.
    static let exponentMax = 55

    /// 1 to 10²², which doubles hold exactly.
    static let doubles: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// 1 to 10¹⁹.
    static let integers: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// The significant bits of 10^exponent, which are those of 5^exponent.
    static func significand(_ exponent: Int) -> Significand { significands[exponent + exponentMax] }

    private static let significands = (-exponentMax...exponentMax).map { exponent in
        let bits = fiveSignificand(exponent)
        return Significand(high: UInt64(truncatingIfNeeded: bits >> 64), low: UInt64(truncatingIfNeeded: bits))
    }

    private static func fiveSignificand(_ exponent: Int) -> UInt128 {
        let power = (0..<abs(exponent)).reduce(UInt128(1)) { product, _ in product * 5 }
        let bits = power << power.leadingZeroBitCount
        guard exponent < 0 else { return bits }
        // 2²⁵⁵ is no multiple of an odd number, so the quotient is rounded up by adding 1.
        return bits.dividingFullWidth((1 << 127, 0)).quotient + 1
    }
}
