import MartletCore

/// One record of a segment: eight hexadecimal digits of the payload's CRC-32C, a space, the payload, a newline.
///
/// A payload holds no newline, so a newline always ends a record.
enum RecordLine {
    /// What a line adds to its payload.
    static let overheadBytes = 10
    static let newline: UInt8 = 0x0A
    private static let digits = Array("0123456789abcdef".utf8)

    static func append(_ payload: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: checksum(payload))
        bytes.append(0x20)
        bytes.append(contentsOf: payload)
        bytes.append(newline)
    }

    /// The payload of a line given without its newline; `nil` where it does not have its checksum.
    static func payload(of line: ArraySlice<UInt8>) -> [UInt8]? {
        guard line.count >= overheadBytes - 1, line[line.startIndex + 8] == 0x20 else { return nil }
        let payload = Array(line.dropFirst(9))
        return line.prefix(8).elementsEqual(checksum(payload)) ? payload : nil
    }

    /// The end of the last whole record, and the start of the first line before it that is broken, if any.
    static func lastWhole(in bytes: [UInt8]) -> (end: Int, brokenBefore: Int?) {
        var (start, end) = (0, 0)
        var broken: Int?
        var brokenBefore: Int?
        while let newline = bytes[start...].firstIndex(of: newline) {
            if payload(of: bytes[start..<newline]) != nil {
                (end, brokenBefore) = (newline + 1, broken)
            } else if broken == nil {
                broken = start
            }
            start = newline + 1
        }
        return (end, brokenBefore)
    }

    private static func checksum(_ payload: [UInt8]) -> [UInt8] {
        let sum = CRC32C.checksum(payload)
        return (0..<8).map { digits[Int(sum >> UInt32(28 - 4 * $0)) & 15] }
    }
}
