import Foundation
import MartletCore
import MartletStore
import Testing

struct FullDiskTests {
    let log: LogFolder
    let disk: SmallDisk

    init() throws {
        log = try LogFolder()
        disk = SmallDisk(freeBytes: 100)
    }

    @Test(arguments: 0..<13)
    func `a batch that does not fit leaves no byte behind`(_ freeBytes: Int) throws {
        let writer = try log.writer(openFile: disk.open)
        try writer.append("kept")
        let kept = try log.bytes(1)
        disk.set { $0.freeBytes = freeBytes }
        let error = #expect(throws: MartletError.self) { try writer.append("a", "b") }
        #expect(error?.code == .storage)
        #expect(error?.description.contains("No space left on device") == true)
        #expect(error?.message.contains(log.path) == true)
        #expect(try log.bytes(1) == kept)
    }

    @Test func `appends work again as soon as there is space`() throws {
        let writer = try log.writer(openFile: disk.open)
        try writer.append("kept")
        disk.set { $0.freeBytes = 5 }
        for _ in 0..<3 { #expect(code(of: { try writer.append("lost") }) == .storage) }
        disk.set { $0.freeBytes = 100 }
        try writer.append("again")
        #expect(try log.records() == ["kept", "again"])
    }

    @Test func `a disk that stays full gathers no files`() throws {
        let writer = try log.writer(openFile: disk.open)
        try writer.append("kept")
        disk.set { $0.freeBytes = 5 }
        for _ in 0..<10 { #expect(code(of: { try writer.append("lost") }) == .storage) }
        #expect(try log.segments.segments().map(\.number) == [1])
    }

    @Test(arguments: [1, 2])
    func `a failed sync takes the batch back, at the latest before the next`(_ failingSyncCount: Int) throws {
        let writer = try log.writer(openFile: disk.open)
        try writer.append("kept")
        disk.set { $0.failingSyncCount = failingSyncCount }
        #expect(code(of: { try writer.append("lost") }) == .storage)
        try writer.append("again")
        #expect(try log.records() == ["kept", "again"])
    }

    @Test func `bytes that could not be taken back are before anything else is written`() throws {
        let writer = try log.writer(openFile: disk.open)
        try writer.append("kept")
        disk.set {
            $0.freeBytes = 7
            $0.isTruncateBroken = true
        }
        #expect(code(of: { try writer.append("lost") }) == .storage)
        #expect(code(of: { try writer.append("x") }) == .storage)
        disk.set { $0 = SmallDisk.State(freeBytes: 100) }
        try writer.append("again")
        #expect(try log.records() == ["kept", "again"])
    }

    @Test func `nothing else is written where a reader may have seen what was taken back`() throws {
        let writer = try log.writer(openFile: disk.open)
        try writer.append("kept")
        disk.set {
            $0.isTruncateBroken = true
            $0.freeBytes = 15
        }
        #expect(code(of: { try writer.append("seen", "torn") }) == .storage)
        let position = try SegmentReader.forEach(in: log.segments) { _, _ in }
        #expect(position == SegmentPosition(segment: 1, offset: 28))
        disk.set { $0 = SmallDisk.State(freeBytes: 100) }
        try writer.append("a longer record than that")
        #expect(try log.records(from: position) == ["a longer record than that"])
    }

    @Test func `a killed writer's torn batch is cut off on reopening`() throws {
        try { [log, disk] in
            let writer = try log.writer(openFile: disk.open)
            try writer.append("kept")
            disk.set {
                $0.isTruncateBroken = true
                $0.freeBytes = 8
            }
            #expect(code(of: { try writer.append("lost") }) == .storage)
        }()
        #expect(try log.writer().recovery.cutBytes == 8)
        #expect(try log.records() == ["kept"])
    }
}
