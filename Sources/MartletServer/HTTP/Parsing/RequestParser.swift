import NIOCore

/// Takes the requests of one connection out of its bytes, which come in any pieces. It knows no clock and no socket.
///
/// It is strict where leniency is how requests are smuggled past a proxy: lines end with CRLF, names have no space behind them,
/// lines are not folded, and a body has one length. After a fault it must not be asked again.
struct RequestParser {
    /// What comes next of a body.
    enum BodyPart {
        /// More bytes must come first.
        case incomplete
        case piece(ByteBuffer)
        case end
    }

    private enum State {
        case head
        /// As many bytes of the body must still come.
        case body(Int)
        case chunks(ChunkReader)
    }

    private let limits: RequestLimits
    private var input = ByteBuffer()
    private var scan = HeadScan()
    private var state = State.head

    init(limits: RequestLimits) { self.limits = limits }

    /// Whether there are bytes that were not told of yet.
    var hasInput: Bool { input.readableBytes > 0 }

    /// Adds bytes behind those that are left.
    mutating func feed(_ bytes: ByteBuffer) {
        guard hasInput else {
            input = Self.sparing(bytes)
            return
        }
        input.discardReadBytes()
        input.writeImmutableBuffer(bytes)
    }

    /// A few bytes in a large buffer get one of their own, so that what waits in memory is as large as it seems.
    private static func sparing(_ bytes: ByteBuffer) -> ByteBuffer {
        let isSparse = bytes.capacity >= 32 << 10 && bytes.readableBytes <= bytes.capacity / 8
        return isSparse ? ByteBuffer(bytes: bytes.readableBytesView) : bytes
    }

    /// The next head, once it is wholly here; its body must be taken before another. - Throws: `RequestFault`.
    mutating func head() throws -> RequestHead? {
        skipEmptyLines()
        guard hasInput, let size = try scan.size(in: input, limits), let bytes = input.readSlice(length: size) else { return nil }
        scan = HeadScan()
        let head = try HeadReader.read(bytes)
        state =
            switch head.framing {
            case .length(let length): .body(length)
            case .chunked: .chunks(ChunkReader(limits: limits))
            }
        return head
    }

    /// What comes next of the body of the last head. - Throws: `RequestFault`.
    mutating func body() throws -> BodyPart {
        switch state {
        case .head: return .end
        case .body(let rest): return body(rest)
        case .chunks(var reader):
            let part = try reader.next(&input)
            if case .end = part { reset() } else { state = .chunks(reader) }
            return part
        }
    }

    /// Empty lines before a request are ignored (RFC 9112, section 2.2).
    private mutating func skipEmptyLines() {
        while input.getInteger(at: input.readerIndex, as: UInt16.self) == 0x0D0A {
            input.moveReaderIndex(forwardBy: 2)
            scan = HeadScan()
        }
    }

    private mutating func body(_ rest: Int) -> BodyPart {
        if rest == 0 {
            reset()
            return .end
        }
        guard let piece = input.readSlice(length: min(rest, input.readableBytes)), piece.readableBytes > 0 else { return .incomplete }
        state = .body(rest - piece.readableBytes)
        return .piece(piece)
    }

    /// Makes way for the next request; an emptied buffer goes back to whom it came from.
    private mutating func reset() {
        state = .head
        if !hasInput { input = ByteBuffer() }
    }
}
