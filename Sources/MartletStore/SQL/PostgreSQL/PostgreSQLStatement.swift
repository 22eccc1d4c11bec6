/// A statement in PostgreSQL's words, in which the n-th `?` is `$n`.
struct PostgreSQLStatement {
    let text: String
    let placeholderCount: Int

    /// A question mark within quotes or a comment is none of ours.
    init(_ sql: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sql.utf8.count + 16)
        var count = 0
        var end: [UInt8] = []
        for byte in sql.utf8 {
            if end.isEmpty {
                switch byte {
                case UInt8(ascii: "?"):
                    count += 1
                    bytes += "$\(count)".utf8
                    continue
                case UInt8(ascii: "'"), UInt8(ascii: "\""): end = [byte]
                case UInt8(ascii: "-") where bytes.last == byte: end = [0x0a]
                case UInt8(ascii: "*") where bytes.last == UInt8(ascii: "/"): end = Array("*/".utf8)
                default: break
                }
                bytes.append(byte)
            } else {
                bytes.append(byte)
                if bytes.suffix(end.count).elementsEqual(end) { end = [] }
            }
        }
        text = String(decoding: bytes, as: UTF8.self)
        placeholderCount = count
    }
}
