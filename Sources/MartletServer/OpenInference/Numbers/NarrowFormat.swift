/// A binary floating-point format that is narrower than doubles.
struct NarrowFormat {
    let significandBitCount: Int
    let exponentBitCount: Int

    static let float16 = NarrowFormat(significandBitCount: 10, exponentBitCount: 5)
    static let bfloat16 = NarrowFormat(significandBitCount: 7, exponentBitCount: 8)
    static let float32 = NarrowFormat(significandBitCount: 23, exponentBitCount: 8)

    /// The bits of positive infinity; larger ones are not numbers.
    var infinity: UInt32 { (1 << exponentBitCount - 1) << significandBitCount }
    /// The bits of a quiet NaN.
    var nan: UInt32 { infinity | 1 << (significandBitCount - 1) }
    /// The bit of the sign.
    var sign: UInt32 { 1 << (significandBitCount + exponentBitCount) }

    private var exponentMin: Int { 2 - 1 << (exponentBitCount - 1) }

    /// The bits nearest to a number; infinity where it is beyond the range.
    /// - Parameter order: where the number that the double stands for lies: below it (negative), at it (0) or above it; asked for
    ///   only where the double lies half-way, so that rounding twice gives what rounding once does.
    func bits(of value: Double, order: () throws -> Int) rethrows -> UInt32 {
        let sign = value.sign == .minus ? sign : 0
        guard value.isFinite else { return value.isNaN ? nan : sign | infinity }
        guard value.isNormal else { return sign }
        guard value.exponent <= 1 - exponentMin else { return sign | infinity }
        let exponent = max(Int(value.exponent), exponentMin)
        let shift = 52 - significandBitCount + exponent - Int(value.exponent)
        guard shift <= 53 else { return sign }
        let significand = value.significandBitPattern | 1 << 52
        let kept = significand >> shift
        let rest = significand - kept << shift
        let half: UInt64 = 1 << (shift - 1)
        let isAbove = try rest == half ? roundsUp(order(), isOdd: kept & 1 == 1) : rest > half
        return sign | min(infinity, UInt32(exponent - exponentMin) << significandBitCount + UInt32(kept) + (isAbove ? 1 : 0))
    }

    private func roundsUp(_ order: Int, isOdd: Bool) -> Bool { order > 0 || (order == 0 && isOdd) }

    /// The number that 16 bits of this format stand for.
    func float(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits) & (sign - 1)
        let negates = UInt32(bits) & sign != 0
        let value: Float
        if magnitude >= infinity {
            value = magnitude == infinity ? .infinity : .nan
        } else if magnitude >> significandBitCount == 0 {
            value = Float(magnitude) * Float(sign: .plus, exponent: exponentMin - significandBitCount, significand: 1)
        } else {
            let rebias = UInt32(126 + exponentMin) << 23
            value = Float(bitPattern: magnitude << (23 - significandBitCount) + rebias)
        }
        return negates ? -value : value
    }
}
