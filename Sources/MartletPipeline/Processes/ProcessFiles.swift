import Glibc
import MartletStore

/// What the kernel says of processes in `/proc`; a process that is gone, or another user's, says nothing.
enum ProcessFiles {
    /// The most bytes of one of its files, such as an environment.
    private static let sizeMaxBytes = 4 << 20
    static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    static let pageSizeBytes = max(1, sysconf(Int32(_SC_PAGESIZE)))

    /// A process' line in `stat`.
    struct Status {
        let isZombie: Bool
        let parent: Int32
        /// User and system time, with that of the children that it waited for.
        let cpuSeconds: Double
        /// When it began, in ticks since the machine did.
        let startTicks: UInt64
        let residentBytes: Int

        /// Reads the line: the program's name, in parentheses, may hold anything.
        init?(_ line: [UInt8]) {
            guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
            let words = line[(end + 1)...].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard words.count > 21, let parent = Int32(words[1]), let startTicks = UInt64(words[19]), let pages = Int(words[21]) else {
                return nil
            }
            isZombie = words[0] == "Z" || words[0] == "X"
            self.parent = parent
            self.startTicks = startTicks
            cpuSeconds = Double(words[11...14].reduce(0) { $0 + (Int($1) ?? 0) }) / ProcessFiles.ticksPerSecond
            residentBytes = pages * ProcessFiles.pageSizeBytes
        }
    }

    /// A process' `io`, with that of the children that it waited for.
    struct Transfer {
        var (readBytes, writtenBytes, storageReadBytes, storageWrittenBytes) = (0, 0, 0, 0)

        init() {}

        init?(_ text: [UInt8]) {
            for line in text.split(separator: UInt8(ascii: "\n")) {
                let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
                guard parts.count == 2, let value = Int(parts[1]) else { return nil }
                switch parts[0] {
                case "rchar:": readBytes = value
                case "wchar:": writtenBytes = value
                case "read_bytes:": storageReadBytes = value
                case "write_bytes:": storageWrittenBytes = value
                default: continue
                }
            }
        }
    }

    static func status(_ pid: Int32) -> Status? { bytes("/proc/\(pid)/stat").flatMap(Status.init) }

    static func transfer(_ pid: Int32) -> Transfer? { bytes("/proc/\(pid)/io").flatMap(Transfer.init) }

    /// Memory, of which that shared with others counts in parts; slow for large processes.
    static func proportionalBytes(_ pid: Int32) -> Int? {
        guard let text = bytes("/proc/\(pid)/smaps_rollup") else { return nil }
        let line = text.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "Pss:".utf8) }
        let words = line.map { String(decoding: $0, as: UTF8.self).split(separator: " ") } ?? []
        return words.count > 1 ? Int(words[1]).map { $0 * 1_024 } : nil
    }

    /// The processes that are children of one, of all its threads.
    static func children(_ pid: Int32) -> [Int32] {
        names("/proc/\(pid)/task").flatMap { numbers("/proc/\(pid)/task/\($0)/children") }
    }

    /// Whether the kernel tells of children.
    static let tellsChildren = access("/proc/self/task/\(getpid())/children", R_OK) == 0

    /// All processes.
    static func all() -> [Int32] { names("/proc").compactMap { Int32($0) } }

    /// Whether a process was started with a variable.
    static func hasVariable(_ pid: Int32, _ variable: [UInt8]) -> Bool {
        bytes("/proc/\(pid)/environ")?.split(separator: 0).contains { $0.elementsEqual(variable) } ?? false
    }

    /// How many processes the kernel has killed since the machine began because memory ran out; `nil` where it does not say.
    static func memoryKillCount() -> Int? {
        let line = bytes("/proc/vmstat")?.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "oom_kill ".utf8) }
        return line.flatMap { Int(String(decoding: $0.dropFirst(9), as: UTF8.self)) }
    }

    private static func numbers(_ path: String) -> [Int32] {
        bytes(path)?.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) } ?? []
    }

    private static func names(_ path: String) -> [String] {
        // A process that is gone has none.
        (try? Directory.names(in: path)) ?? []
    }

    /// The whole of a file that has no size before it is read.
    static func bytes(_ path: String) -> [UInt8]? {
        // Nor can a process that is gone, or another user's, be read.
        guard let file = try? OpenFile(path, O_RDONLY) else { return nil }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < sizeMaxBytes {
            let count = piece.withUnsafeMutableBytes { read(file.descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }
}
