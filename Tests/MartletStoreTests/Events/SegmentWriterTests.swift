import Foundation
import MartletCore
import MartletStore
import Testing

struct SegmentWriterTests {
    let log: LogFolder

    init() throws { log = try LogFolder() }

    @Test func `a record is a line with its checksum`() throws {
        try log.writer().append("123456789", "")
        #expect(try log.bytes(1) == Data("e3069283 123456789\n00000000 \n".utf8))
    }

    @Test func `records come back in order after reopening`() throws {
        try log.writer().append("1", "2")
        let writer = try log.writer()
        #expect(writer.recovery.segment == 1)
        #expect(writer.recovery.cutBytes == 0)
        try writer.append("3")
        #expect(try log.records() == ["1", "2", "3"])
    }

    @Test func `a record torn at any byte is cut off on reopening and the others stay`() throws {
        try log.writer().append("first", "second")
        let kept = try log.bytes(1)
        try log.writer().append(#"{"last": 3}"#)
        let whole = try log.bytes(1)
        for size in kept.count..<whole.count {
            try log.set(1, to: whole.prefix(size))
            #expect(try log.records() == ["first", "second"])
            #expect(try log.writer().recovery.cutBytes == size - kept.count)
            #expect(try log.bytes(1) == kept)
            try log.writer().append("next")
            #expect(try log.records() == ["first", "second", "next"])
        }
    }

    @Test func `a last record with any altered byte is cut off`() throws {
        try log.writer().append("first", "last")
        let whole = try log.bytes(1)
        for position in 15..<whole.count {
            var altered = whole
            altered[position] ^= 0x01
            try log.set(1, to: altered)
            #expect(try log.writer().recovery.cutBytes == 14)
            #expect(try log.records() == ["first"])
        }
    }

    @Test func `a broken record before whole ones is corrupt and nothing is cut`() throws {
        try log.writer().append("first", "second")
        var altered = try log.bytes(1)
        altered[10] ^= 0x01
        try log.set(1, to: altered)
        let error = #expect(throws: MartletError.self) { try log.writer() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("00000001.seg' is broken at byte 0") == true)
        #expect(try log.bytes(1) == altered)
    }

    @Test func `a second writer is refused until the first is gone`() throws {
        let first = try log.writer()
        #expect(code(of: { try log.writer() }) == .locked)
        try first.append("1")
        withExtendedLifetime(first) {}
    }

    @Test func `a full segment is sealed and the next begun`() throws {
        let writer = try log.writer(.sealing(at: 30))
        for record in 0..<5 { try writer.append("record \(record)") }
        #expect(try log.segments.segments().map(\.number) == [1, 2, 3, 4, 5])
        #expect(try writer.sealedSegments().map(\.number) == [1, 2, 3, 4])
        #expect(try log.records() == (0..<5).map { "record \($0)" })
    }

    @Test func `segments are filled to the limit and not beyond`() throws {
        let writer = try log.writer(.sealing(at: 36))
        for record in 0..<4 { try writer.append("record \(record)") }
        #expect(try log.segments.segments().count == 2)
        #expect(try log.bytes(1).count == 36)
    }

    @Test func `sealing by hand begins a segment, and none where the last is empty`() throws {
        let writer = try log.writer()
        try writer.append("1")
        try writer.seal()
        try writer.seal()
        #expect(try writer.sealedSegments().map(\.number) == [1])
        try writer.append("2")
        #expect(try log.records() == ["1", "2"])
    }

    @Test func `records at the limit are taken and larger ones refused`() throws {
        var options = SegmentOptions()
        options.recordSizeBytesMax = 4
        options.batchSizeBytesMax = 28
        let writer = try log.writer(options)
        try writer.append("1234", "1234")
        #expect(code(of: { try writer.append("12345") }) == .limitExceeded)
        #expect(code(of: { try writer.append("1234", "1234", "") }) == .limitExceeded)
        #expect(try log.records() == ["1234", "1234"])
    }

    @Test func `a newline refuses the whole batch`() throws {
        let writer = try log.writer()
        #expect(code(of: { try writer.append("1", "a\nb") }) == .invalidInput)
        #expect(try log.records().isEmpty)
    }

    @Test func `an interval syncs no more often than it says`() throws {
        var options = SegmentOptions()
        options.sync = .interval(.seconds(1))
        let writer = try log.writer(options)
        #expect(try !writer.syncIfDue(.second(0)))
        try writer.append("1")
        #expect(try writer.syncIfDue(.second(0)))
        #expect(try !writer.syncIfDue(.second(5)))
        try writer.append("2")
        #expect(try !writer.syncIfDue(.second(0) + .milliseconds(999)))
        #expect(try writer.syncIfDue(.second(1)))
        try writer.append("3")
        #expect(try writer.syncIfDue(.second(-100)))
    }
}
