import Foundation
import Testing

@testable import MartletPipeline

@Suite struct MachineTests {
    @Test(arguments: [
        ("MemTotal:       24684032 kB\nMemFree:        1 kB\nMemAvailable:   23545616 kB\n", 23_545_616 << 10 as Int64?),
        ("MemTotal: 1 kB\n", nil), ("MemAvailable:\n", nil), ("", nil),
    ])
    func `what is available is read from what the kernel says`(text: String, bytes: Int64?) {
        #expect(Machine.availableBytes(Array(text.utf8)) == bytes)
    }

    @Test func `what processes have themselves counts as there for them`() throws {
        let free = try #require(Machine.memoryBytes(of: [getpid()], enough: 0))
        let all = try #require(Machine.memoryBytes(of: [getpid()], enough: .max))
        #expect(free > 0)
        #expect(all > 0)
        // Nobody holds more than there is.
        #expect(Machine.memoryBytes(of: [], enough: .max) ?? 0 <= Int64(ProcessInfo.processInfo.physicalMemory))
    }

    @Test func `there is memory and a processor, and no more memory than the machine has`() {
        #expect(Machine.resources.cores >= 1)
        #expect(Machine.resources.memoryBytes > 0)
        #expect(Machine.memoryBytes <= Int64(ProcessInfo.processInfo.physicalMemory))
    }
}
