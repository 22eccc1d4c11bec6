import CZlib
import NIOCore

/// Compresses whole bodies.
enum Deflater {
    /// zlib's cheapest: on the way to a client, the processor's time is worth more than the last tenth of size.
    private static let level = Z_BEST_SPEED
    private static let memoryLevel: Int32 = 8  // zlib's default

    /// The compressed bytes; `nil` where that would not make them fewer.
    static func deflate(_ body: HTTPBody, _ coding: ContentCoding) -> ByteBuffer? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        let status = deflateInit2_(
            &stream, level, Z_DEFLATED, coding.windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard status == Z_OK, body.count <= Int(UInt32.max) else { return nil }
        defer { deflateEnd(&stream) }
        return body.withUnsafeBytes { bytes in
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(bytes.count)
            var output = ByteBuffer()
            var isComplete = false
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count) { room in
                stream.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(bytes.count)
                isComplete = CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END
                return bytes.count - Int(stream.avail_out)
            }
            return isComplete ? output : nil
        }
    }
}
