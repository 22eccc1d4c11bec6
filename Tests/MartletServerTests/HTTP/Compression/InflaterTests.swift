import NIOCore
import Testing

@testable import MartletServer

struct InflaterTests {
    private static func compressed(_ bytes: [UInt8], _ coding: ContentCoding) throws -> [UInt8] {
        Array(buffer: try #require(Deflater.deflate(HTTPBody(bytes), coding)))
    }

    /// What comes of bytes that are fed in pieces of a size, and whether their content ended.
    private func inflated(
        _ bytes: [UInt8], _ coding: ContentCoding, pieceSize: Int = .max, sizeMaxBytes: Int = 1 << 20
    ) throws -> (bytes: [UInt8], isComplete: Bool) {
        let inflater = try Inflater(coding)
        var output = ByteBuffer()
        var rest = bytes[...]
        while !rest.isEmpty {
            try inflater.inflate(ByteBuffer(bytes: rest.prefix(pieceSize)), to: &output, sizeMaxBytes: sizeMaxBytes)
            rest = rest.dropFirst(pieceSize)
        }
        return (Array(buffer: output), inflater.isComplete)
    }

    /// `hello`, as gzip(1) writes it.
    private static let gzippedHello: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05,
        0x00, 0x00, 0x00,
    ]
    /// `hello`, as zlib's own compress() writes it.
    private static let deflatedHello: [UInt8] = [0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x06, 0x2c, 0x02, 0x15]

    @Test(arguments: [(gzippedHello, ContentCoding.gzip), (deflatedHello, .deflate)])
    func `what other programs compressed is read`(bytes: [UInt8], coding: ContentCoding) throws {
        let result = try inflated(bytes, coding)
        #expect(result.bytes == Array("hello".utf8))
        #expect(result.isComplete)
    }

    @Test(arguments: [1, 7, 1_000])
    func `the pieces may be of any size`(pieceSize: Int) throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 300) }
        let result = try inflated(try Self.compressed(bytes, .gzip), .gzip, pieceSize: pieceSize)
        #expect(result.bytes == bytes)
    }

    @Test func `members of gzip may follow one another`() throws {
        #expect(try inflated(Self.gzippedHello + Self.gzippedHello, .gzip, pieceSize: 9).bytes == Array("hellohello".utf8))
    }

    @Test func `content that breaks off is not complete`() throws {
        #expect(try inflated(Self.gzippedHello.dropLast(), .gzip).isComplete == false)
    }

    @Test(arguments: [
        (gzippedHello, ContentCoding.deflate), (deflatedHello, .gzip), (Array("hello".utf8), .gzip), (deflatedHello + [0], .deflate),
        (gzippedHello + [0, 0, 0], .gzip), (gzippedHello.dropLast(8) + [0, 0, 0, 0, 5, 0, 0, 0], .gzip),
    ])
    func `what is not in the coding is refused`(bytes: [UInt8], coding: ContentCoding) {
        #expect { try inflated(bytes, coding) } throws: { ($0 as? RequestFault)?.status == 400 }
    }

    @Test(arguments: ContentCoding.allCases)
    func `output ends at the limit`(coding: ContentCoding) throws {
        let small = try Self.compressed([UInt8](repeating: 0, count: 100_000), coding)
        #expect(try inflated(small, coding, sizeMaxBytes: 100_000).bytes.count == 100_000)
        #expect { try inflated(small, coding, sizeMaxBytes: 99_999) } throws: { ($0 as? RequestFault)?.status == 413 }
    }

    @Test func `a bomb takes no more memory than the limit and a step`() throws {
        let bomb = ByteBuffer(bytes: try Self.compressed([UInt8](repeating: 0, count: 50 << 20), .gzip))
        var output = ByteBuffer()
        let inflater = try Inflater(.gzip)
        #expect { try inflater.inflate(bomb, to: &output, sizeMaxBytes: 1 << 20) } throws: { ($0 as? RequestFault)?.status == 413 }
        #expect(output.capacity <= 4 << 20)
    }
}
