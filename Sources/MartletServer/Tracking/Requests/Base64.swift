/// Base64 in the standard alphabet, read as leniently as Python reads it.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for place in 0..<4 {
                text.append(place <= part.count ? alphabet[Int(bits >> UInt32(18 - 6 * place)) & 63] : padding)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; other characters than those of the alphabet are passed over, and what follows the padding. `nil` where the
    /// padding is missing or there is none but ASCII.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count, paddingCount): (UInt32, Int, Int) = (0, 0, 0)
        for byte in text.utf8 {
            guard byte < 0x80 else { return nil }
            if byte == padding {
                paddingCount += 1
                if count >= 2, count + paddingCount >= 4 { return bytes }
            } else if let value = value(byte) {
                paddingCount = 0
                bits = bits << 6 | value
                count = (count + 1) % 4
                if count != 1 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32((4 - count) % 4 * 2))) }
            }
        }
        return count == 0 ? bytes : nil
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
