import Foundation
import Glibc
import MartletCore

/// What this machine has.
package enum Machine {
    /// What is left to the system and to this program.
    static let reserveBytes: Int64 = 512 << 20

    /// Its processors, and its memory but for a reserve.
    package static var resources: Resources {
        Resources(cores: Double(Processors.usableCount), memoryBytes: max(memoryBytes - reserveBytes, memoryBytes / 2))
    }

    /// What there is, or less where a control group of this process, or one above it, may not have as much.
    static var memoryBytes: Int64 {
        let physical = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        return min(physical, ControlGroupLimits.own.memoryBytes ?? physical)
    }

    /// How much memory some processes and all that descend from them have, or can have now that others hold the rest.
    /// - Parameter enough: where so much is free besides, nobody is looked at.
    /// - Returns: `nil` where the kernel does not say.
    static func memoryBytes(of processes: Set<Int32>, enough: Int64) -> Int64? {
        guard let available = ProcessFiles.bytes("/proc/meminfo").flatMap(availableBytes) else { return nil }
        guard available < enough else { return available }
        let all = processes.reduce(into: processes) { $0.formUnion(ProcessTree(root: $1, marker: []).descendants) }
        return all.reduce(available) { $0 + Int64(ProcessFiles.status($1)?.residentBytes ?? 0) }
    }

    /// What could be given without moving anything to a disk.
    static func availableBytes(_ meminfo: [UInt8]) -> Int64? {
        let line = meminfo.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "MemAvailable:".utf8) }
        let words = line.map { String(decoding: $0, as: UTF8.self).split(separator: " ") } ?? []
        return words.count > 1 ? Int64(words[1]).map { $0 << 10 } : nil
    }
}
