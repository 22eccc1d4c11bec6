import NIOCore

/// Takes a body in chunks apart (RFC 9112, section 7.1). Extensions and trailer fields are checked, bounded and dropped.
struct ChunkReader {
    private enum State {
        case size
        /// As many bytes of the chunk must still come.
        case data(Int)
        /// The line end behind a chunk.
        case dataEnd
        case trailers
    }

    /// The longest line with a chunk's size, extensions and line end together.
    static let sizeLineMaxBytes = 1_024
    /// The bytes of all extensions of one body.
    static let extensionsMaxBytes = 16_384
    private static let digitsMax = 15

    private let limits: RequestLimits
    private var state = State.size
    private var extensionsSize = 0
    private var trailersSize = 0
    private var trailerCount = 0

    init(limits: RequestLimits) { self.limits = limits }

    /// A piece of the body, its end, or `incomplete`. - Throws: `RequestFault`.
    mutating func next(_ input: inout ByteBuffer) throws -> RequestParser.BodyPart {
        while true {
            switch state {
            case .size: guard try readSize(&input) else { return .incomplete }
            case .data(let rest):
                guard input.readableBytes > 0, let piece = input.readSlice(length: min(rest, input.readableBytes)) else {
                    return .incomplete
                }
                state = piece.readableBytes == rest ? .dataEnd : .data(rest - piece.readableBytes)
                return .piece(piece)
            case .dataEnd:
                guard let end: UInt16 = input.readInteger() else { return .incomplete }
                guard end == 0x0D0A else { throw RequestFault.malformed("expected CRLF behind a chunk of the size it said") }
                state = .size
            case .trailers:
                guard let line = try readLine(&input, maxBytes: limits.headSizeMaxBytes) else { return .incomplete }
                guard line.readableBytes > 0 else { return .end }
                try check(trailer: line)
            }
        }
    }

    private mutating func readSize(_ input: inout ByteBuffer) throws -> Bool {
        guard let line = try readLine(&input, maxBytes: Self.sizeLineMaxBytes) else { return false }
        let (size, extensions) = try line.withUnsafeReadableBytes { bytes in
            let digits = bytes.prefix { $0.hexadecimalDigit != nil }
            let rest = bytes.trimmed(digits.endIndex..<bytes.count)
            guard (1...Self.digitsMax).contains(digits.count), rest.isEmpty || bytes[rest.lowerBound] == UInt8(ascii: ";"),
                bytes.isFieldValue(rest)
            else { throw RequestFault.malformed("expected the size of a chunk in hexadecimal digits") }
            return (digits.reduce(0) { $0 << 4 | Int($1.hexadecimalDigit ?? 0) }, rest.count)
        }
        extensionsSize += extensions
        guard extensionsSize <= Self.extensionsMaxBytes else {
            throw RequestFault.malformed("the extensions of chunks are larger than the limit of \(Self.extensionsMaxBytes) bytes")
        }
        state = size == 0 ? .trailers : .data(size)
        return true
    }

    private mutating func check(trailer line: ByteBuffer) throws {
        trailersSize += line.readableBytes
        trailerCount += 1
        guard trailersSize <= limits.headSizeMaxBytes else { throw RequestFault.headTooLarge(limits) }
        guard trailerCount <= limits.fieldCountMax else { throw RequestFault.tooManyFields(limits) }
        _ = try line.withUnsafeReadableBytes { try $0.fieldLine(0..<$0.count) }
    }

    /// A line without its end; `nil` while that has not come.
    private func readLine(_ input: inout ByteBuffer, maxBytes: Int) throws -> ByteBuffer? {
        let end = try input.withUnsafeReadableBytes { bytes -> Int? in
            let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: 0)
            guard newline ?? bytes.count <= maxBytes else {
                throw RequestFault.malformed("a line amid the chunks is longer than the limit of \(maxBytes) bytes")
            }
            guard let newline else { return nil }
            guard newline > 0, bytes[newline - 1] == UInt8(ascii: "\r") else {
                throw RequestFault.malformed("expected every line amid the chunks to end with CRLF, found a bare LF")
            }
            return newline - 1
        }
        guard let end, let line = input.readSlice(length: end) else { return nil }
        input.moveReaderIndex(forwardBy: 2)
        return line
    }
}
