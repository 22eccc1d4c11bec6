import CZlib
import NIOCore

/// Decompresses one body as it comes; it owns zlib's state.
final class Inflater {
    /// How much room is made at a time, in bytes.
    private static let stepBytes = 64 << 10

    // The state points back at this, so that it must stay where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    private let coding: ContentCoding
    /// Whether the compressed content has come to its own end.
    private(set) var isComplete = false

    /// - Throws: `RequestFault` where there is no memory for it.
    init(_ coding: ContentCoding) throws {
        self.coding = coding
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, coding.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw RequestFault.busy("there is no memory to decompress the body; try again later") }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Decompresses a piece behind what there is.
    /// - Throws: `RequestFault` where the piece is broken, or the output would pass `sizeMaxBytes`.
    func inflate(_ piece: ByteBuffer, to output: inout ByteBuffer, sizeMaxBytes: Int) throws {
        try piece.withUnsafeReadableBytes { bytes in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(clamping: bytes.count)
            defer { stream.pointee.next_in = nil }
            repeat {
                try step(to: &output)
                guard output.readableBytes <= sizeMaxBytes else { throw RequestFault.bodyTooLarge(sizeMaxBytes) }
            } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
        }
    }

    private func step(to output: inout ByteBuffer) throws {
        if isComplete { try goOn() }
        var status = Z_OK
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.stepBytes) { room in
            let size = min(room.count, Self.stepBytes)
            stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(size)
            status = CZlib.inflate(stream, Z_NO_FLUSH)
            return size - Int(stream.pointee.avail_out)
        }
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isComplete = true
        default: throw Self.broken(coding)
        }
    }

    /// Members of gzip may follow one another (RFC 1952, section 2.2); nothing follows the end of deflate.
    private func goOn() throws {
        guard stream.pointee.avail_in > 0 else { return }
        guard coding == .gzip, inflateReset(stream) == Z_OK else { throw Self.broken(coding) }
        isComplete = false
    }

    private static func broken(_ coding: ContentCoding) -> RequestFault {
        RequestFault(
            status: 400, message: "the body is not valid \(coding.rawValue), as 'Content-Encoding' says; send it as that or plain",
            coding: .broken(coding.rawValue))
    }
}
