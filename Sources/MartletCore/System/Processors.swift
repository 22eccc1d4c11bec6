import Foundation

/// The processors of this machine that this process may run on.
package enum Processors {
    /// How many there are, at least 1: what `taskset` or a container's set of processors leaves of the machine's, and what the limits of
    /// control groups leave of their time, rounded up; when first asked for.
    package static let usableCount: Int = {
        // The C library's function for it is hidden from Swift.
        let status = FileManager.default.contents(atPath: "/proc/self/status").map { String(decoding: $0, as: UTF8.self) }
        return usableCount(
            allowed: status.flatMap(allowedCount) ?? ProcessInfo.processInfo.activeProcessorCount, cores: ControlGroupLimits.own.cores)
    }()

    static func usableCount(allowed: Int, cores: Double?) -> Int {
        guard let cores, cores < Double(allowed) else { return allowed }
        return max(1, Int(cores.rounded(.up)))
    }

    /// The bits of the line `Cpus_allowed`, which are hexadecimal words with commas in between; `nil` without any.
    static func allowedCount(_ status: String) -> Int? {
        let name = "Cpus_allowed:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        let count = line.dropFirst(name.count).compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
        return count > 0 ? count : nil
    }
}
