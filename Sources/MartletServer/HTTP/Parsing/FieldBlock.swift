import NIOCore

/// Header fields as they came, each line ended by CRLF; `HeadReader` has checked them.
struct FieldBlock: Sendable {
    private let lines: ByteBuffer

    init(_ lines: ByteBuffer) { self.lines = lines }

    /// The first value of a name. - Complexity: O(bytes).
    func first(_ name: String) -> String? {
        lines.withUnsafeReadableBytes { bytes in
            var fields = FieldLines(bytes)
            while let field = fields.next() {
                if FieldName.matches(UnsafeRawBufferPointer(rebasing: bytes[field.name]), name.utf8) {
                    return String(decoding: bytes[field.value], as: UTF8.self)
                }
            }
            return nil
        }
    }

    /// All fields, in order.
    var all: [(String, String)] {
        lines.withUnsafeReadableBytes { bytes in
            var fields = FieldLines(bytes)
            var all: [(String, String)] = []
            while let field = fields.next() {
                all.append((String(decoding: bytes[field.name], as: UTF8.self), String(decoding: bytes[field.value], as: UTF8.self)))
            }
            return all
        }
    }
}

/// Goes through checked lines; ranges are offsets into the bytes.
private struct FieldLines {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> (name: Range<Int>, value: Range<Int>)? {
        guard position < bytes.count, let end = bytes.firstIndex(of: UInt8(ascii: "\r"), from: position),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"), from: position)
        else { return nil }
        defer { position = end + 2 }
        return (position..<colon, bytes.trimmed(colon + 1..<end))
    }
}
