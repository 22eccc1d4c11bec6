extension JSONCursor {
    /// A number of at most eight digits, without an exponent.
    struct ShortNumber {
        /// 1 where there is a minus, else 0.
        let minus: UInt64
        /// All digits as one integer.
        let digits: UInt64
        /// How many of the digits come after the point.
        let fractionCount: Int
    }

    /// Passes numbers of usual form that follow one another, each with its comma and the same count of spaces, 0 or 1.
    ///
    /// This is where the time of large requests goes: where the next short number stands is known from one look at 16 bytes, and
    /// what the digits say is computed meanwhile, without a branch that depends on them.
    /// - Parameters:
    ///   - short: the element of a short number; `nil` where it needs care, which ends the run before it.
    ///   - long: the same of a longer number.
    /// - Returns: how many elements were initialized.
    @inline(__always) mutating func numbers<Value>(
        into elements: Slice<UnsafeMutableBufferPointer<Value>>, short: (ShortNumber) -> Value?, long: (DecimalNumber) -> Value?
    ) -> Int {
        guard let base = bytes.baseAddress, let first = elements.base.baseAddress, position >= 9 else { return 0 }
        let last = bytes.count - Self.quickSizeBytes
        var place = position
        var filled = elements.startIndex
        var separator = Separator.comma
        while filled < elements.endIndex, place <= last {
            if let (number, end) = Self.shortNumber(base, at: place), separator.stands(at: base + end), let element = short(number) {
                (first + filled).initialize(to: element)
                filled &+= 1
                place = end &+ separator.size
            } else if separator.size == 1, filled > elements.startIndex, bytes[place] == 0x20 {
                separator = .commaAndSpace
                place &+= 1
            } else {
                guard let (number, end) = Self.quickNumber(base, at: place), separator.stands(at: base + end),
                    let element = long(number)
                else { break }
                (first + filled).initialize(to: element)
                filled &+= 1
                place = end &+ separator.size
            }
        }
        position = place
        return filled - elements.startIndex
    }

    /// What stands between two numbers, in one look.
    private struct Separator {
        let size: Int
        private let mask: UInt16
        private let value: UInt16

        static let comma = Separator(size: 1, mask: 0x00FF, value: 0x002C)
        static let commaAndSpace = Separator(size: 2, mask: 0xFFFF, value: 0x202C)

        private init(size: Int, mask: UInt16, value: UInt16) {
            self.size = size
            self.mask = mask
            self.value = value
        }

        @inline(__always) func stands(at pointer: UnsafeRawPointer) -> Bool {
            UInt16(littleEndian: pointer.loadUnaligned(as: UInt16.self)) & mask == value
        }
    }

    /// The number at a place with 9 bytes before it and 25 after it, and where it ends; `nil` where it is not short.
    @inline(__always) private static func shortNumber(_ base: UnsafeRawPointer, at place: Int) -> (number: ShortNumber, end: Int)? {
        let head = word(base, place)
        let headEnd = bytesBelowMinus(head)
        let tailEnd = bytesBelowMinus(word(base, place &+ 8))
        let length = headEnd != 0 ? headEnd.trailingZeroBitCount &>> 3 : 8 &+ tailEnd.trailingZeroBitCount &>> 3
        let end = place &+ length
        let point = points(head).trailingZeroBitCount &>> 3
        // 1 where the difference is 0, without a comparison that would be repeated.
        let minus = ((head & 0xFF) ^ 0x2D &- 1) &>> 63
        var digits = word(base, end &- 8)
        let wholeCount: Int
        let fractionCount: Int
        if point < min(length, 8) {
            wholeCount = point &- Int(truncatingIfNeeded: minus)
            fractionCount = length &- point &- 1
            guard fractionCount > 0, fractionCount < 8 else { return nil }
            // What is before the point moves over it.
            let moved = word(base, end &- 9)
            digits = moved ^ ((moved ^ digits) & upperBytes[fractionCount])
        } else {
            wholeCount = length &- Int(truncatingIfNeeded: minus)
            fractionCount = 0
        }
        let count = wholeCount &+ fractionCount
        guard wholeCount > 0, count <= 8 else { return nil }
        digits = (digits ^ zeros) & upperBytes[count]
        let leading = UInt64(base.load(fromByteOffset: place &+ Int(truncatingIfNeeded: minus), as: UInt8.self))
        let hasLeadingZero = (leading ^ 0x30 &- 1) & ~UInt64(truncatingIfNeeded: wholeCount &- 2)
        guard ((digits &+ beyondNine) | digits | hasLeadingZero) & highBits == 0 else { return nil }
        return (ShortNumber(minus: minus, digits: integer(digits), fractionCount: fractionCount), end)
    }

    private static let upperBytes: [UInt64] = [
        0, 0xFF00_0000_0000_0000, 0xFFFF_0000_0000_0000, 0xFFFF_FF00_0000_0000, 0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_FF00_0000,
        0xFFFF_FFFF_FFFF_0000, 0xFFFF_FFFF_FFFF_FF00, 0xFFFF_FFFF_FFFF_FFFF,
    ]

    // MARK: Eight bytes at a time

    static var zeros: UInt64 { 0x3030_3030_3030_3030 }
    static var beyondNine: UInt64 { 0x7676_7676_7676_7676 }
    static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    @inline(__always) static func word(_ base: UnsafeRawPointer, _ place: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// The high bit of each byte below `-`, which are commas and spaces; exact up to the first one.
    @inline(__always) private static func bytesBelowMinus(_ word: UInt64) -> UInt64 {
        (word &- 0x2D2D_2D2D_2D2D_2D2D) & ~word & highBits
    }

    /// The high bit of each `.`; exact up to the first one.
    @inline(__always) private static func points(_ word: UInt64) -> UInt64 {
        let others = word ^ 0x2E2E_2E2E_2E2E_2E2E
        return (others &- 0x0101_0101_0101_0101) & ~others & highBits
    }

    /// The integer of eight digits in 0...9, the first in the lowest byte: pairs are joined, then fours, then eight.
    @inline(__always) static func integer(_ digits: UInt64) -> UInt64 {
        let pairs = digits &* 10 &+ digits &>> 8
        let upper = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let lower = ((pairs &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (upper &+ lower) &>> 32
    }
}
