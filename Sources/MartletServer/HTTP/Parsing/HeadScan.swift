import NIOCore

/// Looks for the end of a head in bytes that come in pieces, none of them twice.
struct HeadScan {
    private var position = 0
    private var lineStart = 0
    private var lineCount = 0

    /// How many bytes the head has, with the empty line that ends it; `nil` while that line has not come.
    /// - Throws: `RequestFault` where a limit is passed or a line ends otherwise than by CRLF.
    mutating func size(in input: ByteBuffer, _ limits: RequestLimits) throws -> Int? {
        try input.withUnsafeReadableBytes { bytes in
            while let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: position) {
                guard newline > lineStart, bytes[newline - 1] == UInt8(ascii: "\r") else {
                    throw RequestFault.malformed("expected every line of the header to end with CRLF, found a bare LF")
                }
                position = newline + 1
                guard position <= limits.headSizeMaxBytes else { throw RequestFault.headTooLarge(limits) }
                if newline == lineStart + 1 { return position }
                lineStart = position
                lineCount += 1
                guard lineCount <= limits.fieldCountMax + 1 else { throw RequestFault.tooManyFields(limits) }
            }
            position = bytes.count
            guard position <= limits.headSizeMaxBytes else { throw RequestFault.headTooLarge(limits) }
            return nil
        }
    }
}
