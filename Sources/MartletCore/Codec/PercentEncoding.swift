/// Texts as parts of an address: all but letters, digits and `-._~` as `%2F` (RFC 3986, and as AWS wants them to be signed).
package enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// - Parameter keepsSlashes: whether the text is a path.
    package static func encoded(_ text: String, keepsSlashes: Bool = false) -> String {
        let bytes = text.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: [byte]
            case 47 where keepsSlashes: [byte]
            default: [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
