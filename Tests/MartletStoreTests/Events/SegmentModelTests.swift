import Foundation
import MartletCore
import MartletStore
import Testing

/// Random operations against a list of what was acknowledged.
struct SegmentModelTests {
    @Test(arguments: 0..<UInt64(40))
    func `what was acknowledged is what is read`(_ seed: UInt64) throws {
        var model = try LogModel(seed: seed)
        for _ in 0..<60 { try model.step() }
        try model.verify()
    }
}

private struct LogModel {
    private let log: LogFolder
    private let disk = SmallDisk(freeBytes: 1_000)
    private let options = SegmentOptions.sealing(at: 120)
    private var generator: SplitMix64
    private var writer: SegmentWriter?
    private var acknowledged: [String] = []
    private var readCount = 0
    private var position: SegmentPosition?

    init(seed: UInt64) throws {
        log = try LogFolder()
        generator = SplitMix64(seed: seed)
        writer = try log.writer(options, openFile: disk.open)
    }

    mutating func step() throws {
        switch generator.index(below: 10) {
        case 0..<5: try append()
        case 5: setSpace()
        case 6: try seal()
        case 7: try crash()
        default: try readOn()
        }
    }

    mutating func verify() throws {
        #expect(try log.records() == acknowledged)
        try readOn()
        #expect(readCount == acknowledged.count)
    }

    private mutating func append() throws {
        let records = (0..<generator.index(below: 4)).map { _ in
            String(repeating: "x", count: generator.index(below: 30)) + String(generator.next(), radix: 16)
        }
        do {
            try writer?.append(records.map { Array($0.utf8) })
            acknowledged += records
        } catch let error as MartletError {
            #expect(error.code == .storage)
        }
    }

    private mutating func setSpace() {
        let free = generator.index(below: 3) == 0 ? generator.index(below: 60) : 1_000
        disk.set { $0.freeBytes = free }
    }

    /// Sealing writes no bytes, so that it works on a full disk of this kind.
    private mutating func seal() throws { try writer?.seal() }

    /// The writer dies while it writes a record.
    private mutating func crash() throws {
        writer = nil
        let last = try #require(try log.segments.segments().last)
        let torn = Array("0badc0de a record of which only a part was written".utf8).prefix(generator.index(below: 40))
        let file = try StoredSegmentFile(path: last.path)
        try file.write(Array(torn), at: file.sizeBytes())
        let reopened = try log.writer(options, openFile: disk.open)
        #expect(reopened.recovery.cutBytes == torn.count)
        writer = reopened
    }

    private mutating func readOn() throws {
        let records = try log.records(from: position)
        #expect(records == Array(acknowledged.dropFirst(readCount)))
        readCount += records.count
        position = try SegmentReader.forEach(in: log.segments, from: position) { _, _ in }
    }
}
