/// Eight decimal digits at a time, as bytes of one word, the first digit in the lowest.
enum DecimalDigits {
    /// Added to digits, it makes ASCII of them.
    static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// The digits of a number below 10⁸, with leading zeros: fours are split into pairs, then into single ones.
    @inline(__always) static func eight(_ number: UInt64) -> UInt64 {
        let fours = number / 10_000 | (number % 10_000) &<< 32
        let upperPairs = ((fours &* 10_486) &>> 20) & 0x0000_007F_0000_007F
        let pairs = upperPairs | (fours &- upperPairs &* 100) &<< 16
        let tens = ((pairs &* 103) &>> 10) & 0x000F_000F_000F_000F
        return tens | (pairs &- tens &* 10) &<< 8
    }

    /// How many digits a number above 0 has.
    @inline(__always) static func count(_ number: UInt64) -> Int {
        // log₁₀ 2 is about 1233 / 4096; the estimate is right or one too small.
        let estimate = ((64 &- number.leadingZeroBitCount) &* 1_233) &>> 12
        return number >= PowersOfTen.integers[estimate] ? estimate &+ 1 : estimate
    }
}
