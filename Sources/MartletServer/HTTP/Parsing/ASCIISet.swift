/// A set of ASCII characters, asked byte by byte.
struct ASCIISet {
    /// RFC 9110, section 5.6.2: letters, digits and ``!#$%&'*+-.^_`|~``.
    static let token = ASCIISet(below64: 0x03FF_6CFA_0000_0000, from64: 0x57FF_FFFF_C7FF_FFFE)
    /// Of a host and a port (RFC 3986, section 3.2), but the comma, which joins two of them.
    static let authority = ASCIISet(below64: 0x2FFF_6FF2_0000_0000, from64: 0x47FF_FFFE_AFFF_FFFE)
    /// What stands for itself between the slashes of a path: visible, but `%`, `?` and the backslash.
    static let plainPath = ASCIISet(below64: 0x7FFF_7FDE_0000_0000, from64: 0x7FFF_FFFF_EFFF_FFFF)
    /// All but the space, controls and what is not ASCII.
    static let visible = ASCIISet(below64: 0xFFFF_FFFE_0000_0000, from64: 0x7FFF_FFFF_FFFF_FFFF)
    static let digits = ASCIISet(below64: 0x03FF_0000_0000_0000, from64: 0)

    private let below64: UInt64
    private let from64: UInt64

    private init(below64: UInt64, from64: UInt64) {
        self.below64 = below64
        self.from64 = from64
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? below64 : from64) >> UInt64(byte & 63) & 1 == 1
    }

    /// Whether all characters of a text are in this set.
    func covers(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { covers(UnsafeRawBufferPointer($0), 0..<$0.count) }
            ?? text.utf8.allSatisfy { contains($0) }
    }

    /// Whether all bytes of a range are in this set.
    func covers(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        end(in: bytes, range) == range.upperBound
    }

    /// Where the bytes of a range leave this set.
    @inline(__always)
    func end(in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
        var position = range.lowerBound
        while position < range.upperBound, contains(bytes[position]) { position &+= 1 }
        return position
    }
}
