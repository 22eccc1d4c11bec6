import Glibc
import MartletStore

/// A control group (version 2) for one command: the kernel holds all its processes together to their memory, kills them together, and
/// counts what they use without loss. Where none may be made, looks at the processes have to do.
package final class StepCgroup: Sendable {
    /// Where groups can be made.
    package struct Place: Sendable {
        private let folder: String

        init(folder: String) { self.folder = folder }

        /// The first of this program's own group and the one above it where the kernel limits memory and this user may make groups.
        package static let usual: Place? = candidates().first { $0.isUsable }

        private static func candidates() -> [Place] {
            guard let own = lines("/proc/self/cgroup").first(where: { $0.hasPrefix("0::/") })?.dropFirst(3),
                let mount = lines("/proc/self/mountinfo").first(where: { $0.contains(" - cgroup2 ") })
            else { return [] }
            let words = mount.split(separator: " ")
            guard words.count > 4 else { return [] }
            let path = "\(words[4])\(own == "/" ? "" : own)"
            return [Place(folder: path)] + (own == "/" ? [] : [Place(folder: Directory.parent(of: path))])
        }

        private static func lines(_ path: String) -> [Substring] {
            String(decoding: ProcessFiles.bytes(path) ?? [], as: UTF8.self).split(separator: "\n")
        }

        /// A group that is made here has a limit of memory.
        private var isUsable: Bool {
            make(memoryMaxBytes: 1 << 30) != nil
        }

        /// Makes a group; `nil` where that is not permitted, which leaves the limit to looks at the processes.
        func make(memoryMaxBytes: Int) -> StepCgroup? {
            let group = StepCgroup(folder: "\(folder)/martlet-\(getpid())-\(UInt32.random(in: .min ... .max))")
            guard mkdir(group.folder, 0o755) == 0 else { return nil }
            guard group.write("\(memoryMaxBytes)", to: "memory.max") else { return nil }
            // Neither is everywhere: without the first a part of the command may be moved to the disk, without the second a part be killed.
            _ = group.write("0", to: "memory.swap.max")
            _ = group.write("1", to: "memory.oom.group")
            return group
        }
    }

    /// How often removing is tried: a process that was killed leaves a moment later.
    private static let (removalCountMax, removalWaitMicroseconds): (Int, UInt32) = (50, 1_000)

    let folder: String

    /// How many of its processes the kernel killed because they had too much.
    var memoryKillCount: Int { value("oom_kill", of: "memory.events") ?? 0 }

    /// What all its processes used.
    var cpuSeconds: Double? { value("usage_usec", of: "cpu.stat").map { Double($0) / 1e6 } }

    /// Kills all its processes.
    func kill() { _ = write("1", to: "cgroup.kill") }

    init(folder: String) { self.folder = folder }

    /// Removes it; one that still has a process, which the kernel cannot end, is left.
    deinit {
        for _ in 0..<Self.removalCountMax {
            guard rmdir(folder) != 0, errno == EBUSY else { break }
            usleep(Self.removalWaitMicroseconds)
        }
    }

    private func value(_ name: String, of file: String) -> Int? {
        for line in String(decoding: ProcessFiles.bytes("\(folder)/\(file)") ?? [], as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == name { return Int(words[1]) }
        }
        return nil
    }

    private func write(_ text: String, to file: String) -> Bool {
        let descriptor = open("\(folder)/\(file)", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Array(text.utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == text.utf8.count
    }
}
