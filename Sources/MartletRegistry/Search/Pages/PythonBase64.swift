/// Base64 as Python's `b64decode` reads it: what is no character of it is passed over, and what follows the padding as well.
enum PythonBase64 {
    /// The bytes; `nil` where padding lacks, or where a text is not of ASCII only.
    static func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var digits = 0
        var padding = 0
        for character in text.utf8 {
            guard character < 0x80 else { return nil }
            if character == UInt8(ascii: "=") {
                padding += 1
                if digits >= 2, digits + padding >= 4 { return bytes }
                continue
            }
            guard let value = value(of: character) else { continue }
            padding = 0
            bits = bits << 6 | value
            digits += 1
            if digits > 1 { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 - 2 * UInt32(digits)))) }
            if digits == 4 { (bits, digits) = (0, 0) }
        }
        return digits == 0 ? bytes : nil
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
