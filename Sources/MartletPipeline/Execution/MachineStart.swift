import Glibc

/// Whose processes a run's are: a machine's or a container's, of one start of it.
package struct MachineStart: Sendable, Equatable {
    /// Its name in its network.
    let host: String
    /// Of the kernel.
    let boot: String
    /// The name space of process numbers, which each container has for itself.
    let processes: UInt64

    /// What this process is part of.
    package static let own: MachineStart = {
        let boot = ProcessFiles.bytes("/proc/sys/kernel/random/boot_id").map { String(decoding: $0, as: UTF8.self) }
        var status = stat()
        return MachineStart(
            host: name, boot: boot?.filter { $0.isHexDigit || $0 == "-" } ?? "machine",
            processes: stat("/proc/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0)
    }()

    private static var name: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: &names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// As it is stored.
    package var text: String { "\(processes) \(boot) \(host)" }

    init(host: String, boot: String, processes: UInt64) { (self.host, self.boot, self.processes) = (host, boot, processes) }

    /// Reads what `text` wrote.
    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let processes = UInt64(parts[0]) else { return nil }
        self.init(host: String(parts[2]), boot: String(parts[1]), processes: processes)
    }

    /// Whether a lock that nobody holds here is held by none of another's processes: those of the same start see it, and those of an
    /// earlier start of the same machine are gone. Two containers may have only a bucket in common, also on one machine.
    func seesLocks(of other: MachineStart) -> Bool { host == other.host && (boot != other.boot || processes == other.processes) }
}
