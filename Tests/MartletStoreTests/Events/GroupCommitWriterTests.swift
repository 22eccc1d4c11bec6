import Dispatch
import Foundation
import MartletCore
import MartletStore
import Synchronization
import Testing

struct GroupCommitWriterTests {
    let log: LogFolder

    init() throws { log = try LogFolder() }

    @Test(arguments: [SegmentOptions.SyncPolicy.everyAppend, .interval(.milliseconds(1))])
    func `records of many tasks are all in the log when acknowledged`(_ sync: SegmentOptions.SyncPolicy) async throws {
        var options = SegmentOptions.sealing(at: 2_000)
        options.sync = sync
        let group = GroupCommitWriter(try log.writer(options))
        await withThrowingTaskGroup(of: Void.self) { tasks in
            for task in 0..<20 {
                tasks.addTask { for record in 0..<20 { try await group.append(Array("\(task)-\(record)".utf8)) } }
            }
        }
        #expect(Set(try log.records()) == Set((0..<400).map { "\($0 / 20)-\($0 % 20)" }))
        try await group.close()
        #expect(try log.records().count == 400)
    }

    @Test func `records of one task are in order`() async throws {
        let group = GroupCommitWriter(try log.writer())
        for record in 0..<50 { try await group.append(Array("\(record)".utf8)) }
        try await group.close()
        #expect(try log.records() == (0..<50).map { "\($0)" })
    }

    @Test func `one write serves all that wait, and closing drains them`() async throws {
        let gate = Gate()
        let group = GroupCommitWriter(try log.writer { GatedFile(file: try StoredSegmentFile(path: $0), gate: gate) })
        async let first: Void = group.append(Array("first".utf8))
        await gate.reached()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for record in 0..<30 { tasks.addTask { try await group.append(Array("\(record)".utf8)) } }
            while group.waitingCount < 30 { await Task.yield() }
            tasks.addTask { try await group.close() }
            gate.open()
            try await tasks.waitForAll()
        }
        try await first
        #expect(gate.writeCount == 2)
        #expect(try log.records().count == 31)
    }

    @Test func `a full queue refuses and keeps what it has`() async throws {
        let gate = Gate()
        let writer = try log.writer { GatedFile(file: try StoredSegmentFile(path: $0), gate: gate) }
        let group = GroupCommitWriter(writer, queueCountMax: 2)
        async let first: Void = group.append(Array("first".utf8))
        await gate.reached()
        async let second: Void = group.append(Array("second".utf8))
        async let third: Void = group.append(Array("third".utf8))
        while group.waitingCount < 2 { await Task.yield() }
        await #expect(throws: MartletError.self) { try await group.append(Array("fourth".utf8)) }
        gate.open()
        _ = try await (first, second, third)
        try await group.close()
        #expect(Set(try log.records()) == ["first", "second", "third"])
    }

    @Test func `after closing nothing is taken and closing again is fine`() async throws {
        let group = GroupCommitWriter(try log.writer())
        try await group.close()
        try await group.close()
        let error = await #expect(throws: MartletError.self) { try await group.append(Array("late".utf8)) }
        #expect(error?.code == .unavailable)
    }

    @Test func `a malformed record is refused alone`() async throws {
        let group = GroupCommitWriter(try log.writer())
        await #expect(throws: MartletError.self) { try await group.append(Array("a\nb".utf8)) }
        try await group.append(Array("fine".utf8))
        try await group.close()
        #expect(try log.records() == ["fine"])
    }

    @Test func `a full disk is told to those that wait and later appends work`() async throws {
        let disk = SmallDisk(freeBytes: 5)
        let group = GroupCommitWriter(try log.writer(openFile: disk.open))
        let error = await #expect(throws: MartletError.self) { try await group.append(Array("lost".utf8)) }
        #expect(error?.code == .storage)
        disk.set { $0.freeBytes = 100 }
        try await group.append(Array("kept".utf8))
        try await group.close()
        #expect(try log.records() == ["kept"])
    }

    @Test func `a sync that failed between appends refuses the next one`() async throws {
        let disk = SmallDisk(freeBytes: 100)
        disk.set { $0.failingSyncCount = 1 }
        var options = SegmentOptions()
        options.sync = .interval(.seconds(3_600))
        let group = GroupCommitWriter(try log.writer(options, openFile: disk.open))
        try await group.append(Array("kept".utf8))
        let error = await #expect(throws: MartletError.self) { try await group.append(Array("refused".utf8)) }
        #expect(error?.code == .storage)
        try await group.append(Array("again".utf8))
        try await group.close()
        #expect(try log.records() == ["kept", "again"])
    }

    @Test func `a batch larger than the writer takes is written in parts`() async throws {
        var options = SegmentOptions()
        options.recordSizeBytesMax = 10
        options.batchSizeBytesMax = 45
        let group = GroupCommitWriter(try log.writer(options))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<50 { tasks.addTask { try await group.append(Array("0123456789".utf8)) } }
            try await tasks.waitForAll()
        }
        try await group.close()
        #expect(try log.records().count == 50)
    }
}

/// Holds the first write back until it is opened.
private final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let writes = Mutex(0)

    var writeCount: Int { writes.withLock { $0 } }

    func pass() {
        let number = writes.withLock { count in
            count += 1
            return count
        }
        if number == 1 { opened.wait() }
    }

    func open() { opened.signal() }

    func reached() async { while writeCount == 0 { await Task.yield() } }
}

private final class GatedFile: SegmentFile {
    let file: StoredSegmentFile
    let gate: Gate

    init(file: StoredSegmentFile, gate: Gate) { (self.file, self.gate) = (file, gate) }

    func sizeBytes() throws -> Int { try file.sizeBytes() }
    func read(at offset: Int, countMax: Int) throws -> [UInt8] { try file.read(at: offset, countMax: countMax) }
    func truncate(to sizeBytes: Int) throws { try file.truncate(to: sizeBytes) }
    func synchronize() throws { try file.synchronize() }

    func write(_ bytes: [UInt8], at offset: Int) throws {
        gate.pass()
        try file.write(bytes, at: offset)
    }
}
