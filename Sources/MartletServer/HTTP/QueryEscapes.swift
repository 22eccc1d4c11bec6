/// The escapes of a query, of which none is refused.
enum QueryEscapes {
    /// The text with each `+` as a space and each `%2e` as the byte that it means. What is no escape stays; a byte that belongs to no
    /// UTF-8 becomes an escape again.
    static func removed(from text: Substring) -> String {
        let bytes = unescaped(text.utf8)
        return String(validating: bytes, as: UTF8.self) ?? escapingOthers(bytes)
    }

    private static func unescaped(_ text: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            let digits = byte == UInt8(ascii: "%") ? rest.prefix(2).compactMap(\.hexadecimalDigit) : []
            if digits.count == 2 {
                bytes.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return bytes
    }

    private static func escapingOthers(_ bytes: [UInt8]) -> String {
        var text = ""
        var place = 0
        while place < bytes.count {
            let scalar = (1...4).lazy.compactMap { length in
                place + length <= bytes.count ? String(validating: bytes[place..<place + length], as: UTF8.self) : nil
            }.first
            if let scalar {
                text += scalar
                place += scalar.utf8.count
            } else {
                let digits = String(bytes[place], radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0" + digits : "%" + digits
                place += 1
            }
        }
        return text
    }
}
