import Foundation
import MartletCore
import MartletStore
import Testing

struct SegmentReaderTests {
    let log: LogFolder

    init() throws { log = try LogFolder() }

    @Test func `reading goes on from any position`() throws {
        let writer = try log.writer(.sealing(at: 40))
        let texts = (0..<20).map { "record \($0)" }
        for text in texts { try writer.append(text) }
        var positions: [SegmentPosition] = []
        try SegmentReader.forEach(in: log.segments) { _, position in positions.append(position) }
        #expect(positions == positions.sorted())
        for (index, position) in positions.enumerated() {
            #expect(try log.records(from: position) == Array(texts.dropFirst(index + 1)))
        }
    }

    @Test func `an empty log has no records and keeps the position`() throws {
        _ = try log.writer()
        let position = SegmentPosition(segment: 1, offset: 0)
        #expect(try SegmentReader.forEach(in: log.segments, from: position) { _, _ in } == position)
        #expect(try log.records().isEmpty)
    }

    @Test func `a folder that is missing is not found`() {
        #expect(code(of: { try log.records() }) == .notFound)
    }

    @Test func `a position inside a record is refused`() throws {
        try log.writer().append("first", "second")
        #expect(code(of: { try log.records(from: SegmentPosition(segment: 1, offset: 3)) }) == .invalidInput)
    }

    @Test(arguments: [0, 12, 20])
    func `a sealed segment with an altered byte is corrupt`(_ offset: Int) throws {
        let writer = try log.writer()
        try writer.append("first", "second")
        try writer.seal()
        var bytes = try log.bytes(1)
        bytes[offset] ^= 0x01
        try log.set(1, to: bytes)
        let error = #expect(throws: MartletError.self) { try log.records() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("00000001.seg' is broken at byte \(offset < 15 ? 0 : 15)") == true)
    }

    @Test func `a sealed segment that was cut short is corrupt`() throws {
        let writer = try log.writer()
        try writer.append("first")
        try writer.seal()
        try log.set(1, to: log.bytes(1).dropLast())
        #expect(code(of: { try log.records() }) == .corrupt)
    }

    @Test func `a broken record of the last segment is corrupt where whole ones follow`() throws {
        try log.writer().append("first", "second")
        var bytes = try log.bytes(1)
        bytes[9] ^= 0x01
        try log.set(1, to: bytes)
        #expect(code(of: { try log.records() }) == .corrupt)
    }

    @Test func `records longer than a piece are read`() throws {
        let long = String(repeating: "x", count: 1 << 20)
        try log.writer().append(long, "short", long)
        #expect(try log.records() == [long, "short", long])
    }

    @Test func `other files in the folder are passed over`() throws {
        try log.writer().append("first")
        for name in ["1.seg", "00000002.seg.bak", "x.seg", "00000000.seg"] {
            try log.folder.write("x", to: "log/\(name)")
        }
        #expect(try log.records() == ["first"])
    }

    @Test func `a live log is read while it is written`() async throws {
        let writer = try log.writer(.sealing(at: 500))
        let texts = (0..<500).map { "record \($0)" }
        async let written: Void = Task.detached { for text in texts { try writer.append(text) } }.value
        var (seen, position) = ([String](), SegmentPosition?.none)
        while seen.count < texts.count {
            position = try SegmentReader.forEach(in: log.segments, from: position) { payload, _ in
                seen.append(String(decoding: payload, as: UTF8.self))
            }
            await Task.yield()
        }
        try await written
        #expect(seen == texts)
    }
}
