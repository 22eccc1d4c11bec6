#if canImport(Glibc)
import Glibc
#endif

/// What the operating system says of this process, read from `/proc` (proc(5)); absent where there is no `/proc`.
enum ProcessMetrics {
    /// Seconds of processor time, in user and system mode together.
    static func cpuSeconds() -> Double? {
        guard let fields = statFields(), let user = field(fields, 14), let system = field(fields, 15) else {
            return nil
        }
        return (user + system) / ticksPerSecond
    }

    /// Memory in use, in bytes.
    static func residentMemoryBytes() -> Double? {
        guard let fields = statFields(), let pages = field(fields, 24) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Seconds from the Unix epoch to the start of this process.
    static func startTimeSeconds() -> Double? {
        guard let fields = statFields(), let ticks = field(fields, 22) else { return nil }
        let boot = contents(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let boot, let seconds = Double(boot.dropFirst(6)) else { return nil }
        return seconds + ticks / ticksPerSecond
    }

    /// How many descriptors are open, without the one that counts them.
    static func openDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        let ownEntries = 3  // ".", ".." and the directory's own descriptor
        return Double(max(0, count - ownEntries))
    }

    private static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

    /// The fields after the command's name, which may itself hold spaces and parentheses.
    private static func statFields() -> [Substring]? {
        guard let text = contents(of: "/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// A field by its number in proc(5), from 3 on.
    private static func field(_ fields: [Substring], _ number: Int) -> Double? {
        fields.count > number - 3 ? Double(fields[number - 3]) : nil
    }

    private static func contents(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension MetricsRegistry {
    /// Adds the metrics that Prometheus' own clients have of a process, under the same names.
    package func observeProcess() {
        observe("process_cpu_seconds_total", .counter, help: "Processor time, user and system, in seconds.") {
            ProcessMetrics.cpuSeconds()
        }
        observe("process_resident_memory_bytes", .gauge, help: "Resident memory in bytes.") {
            ProcessMetrics.residentMemoryBytes()
        }
        observe("process_open_fds", .gauge, help: "Open file descriptors.") { ProcessMetrics.openDescriptors() }
        let start = ProcessMetrics.startTimeSeconds()
        observe("process_start_time_seconds", .gauge, help: "Start of the process, in seconds since the epoch.") {
            start
        }
    }
}
