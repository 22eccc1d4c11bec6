import NIOCore

/// Reads a whole head (RFC 9112, sections 3, 5 and 6), strictly: single spaces, token names, no folded lines, one length.
struct HeadReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// - Parameter head: all bytes from the request line to the empty line, as `HeadScan` found them.
    /// - Throws: `RequestFault`.
    static func read(_ head: ByteBuffer) throws -> RequestHead {
        try head.withUnsafeReadableBytes { bytes in
            var reader = HeadReader(bytes: bytes)
            let method = try reader.method()
            let target = try reader.target()
            let isHTTP10 = try reader.isHTTP10()
            let lines = reader.position..<bytes.count - 2
            let fields = try reader.fields(until: lines.upperBound)
            return try RequestHead(
                method, RequestTarget(head.piece(target)), isHTTP10: isHTTP10, FieldBlock(head.piece(lines)), fields)
        }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    // MARK: Request line

    private static let methodSizeMax = 32

    private mutating func method() throws -> HTTPRequest.Method {
        let end = ASCIISet.token.end(in: bytes, 0..<min(bytes.count, Self.methodSizeMax))
        guard end > 0, bytes[end] == UInt8(ascii: " ") else {
            throw RequestFault.malformed("expected a method, a target and a version with single spaces between them")
        }
        position = end + 1
        if bytes.matches(0..<end, "POST") { return .post }
        if bytes.matches(0..<end, "GET") { return .get }
        return HTTPRequest.Method(String(decoding: bytes[0..<end], as: UTF8.self))
    }

    private mutating func target() throws -> Range<Int> {
        let range = position..<ASCIISet.visible.end(in: bytes, position..<bytes.count)
        guard !range.isEmpty, bytes[range.upperBound] == UInt8(ascii: " ") else {
            throw RequestFault.malformed("expected a target of visible ASCII characters; percent-encode all others")
        }
        position = range.upperBound + 1
        return range
    }

    /// A later version 1 than 1.1 is answered as 1.1 (RFC 9110, section 2.5).
    private mutating func isHTTP10() throws -> Bool {
        let minor = position + 7
        guard bytes.count > minor + 2, bytes.matches(position..<minor, "HTTP/1."), ASCIISet.digits.contains(bytes[minor]),
            bytes[minor + 1] == UInt8(ascii: "\r"), bytes[minor + 2] == UInt8(ascii: "\n")
        else { throw RequestFault.malformed("expected version HTTP/1.1 or HTTP/1.0") }
        position = minor + 3
        return bytes[minor] == UInt8(ascii: "0")
    }

    // MARK: Fields

    private mutating func fields(until end: Int) throws -> HeadFields {
        var fields = HeadFields()
        while position < end, let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: position) {
            let (name, value) = try bytes.fieldLine(position..<newline - 1)
            try fields.take(name, value, in: bytes)
            position = newline + 1
        }
        return fields
    }
}

extension ByteBuffer {
    /// A part of what is readable, without a copy.
    fileprivate func piece(_ range: Range<Int>) -> ByteBuffer {
        guard let piece = getSlice(at: readerIndex + range.lowerBound, length: range.count) else {
            preconditionFailure("the lines of a head lie within it")
        }
        return piece
    }
}
