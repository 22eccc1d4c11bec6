import Foundation

/// What the control groups of this process leave it of the machine: of its own group and all above it the least, of version 1 and 2.
package struct ControlGroupLimits: Sendable, Equatable {
    /// The bytes of memory that its group may have; `nil` where no group has a limit.
    package var memoryBytes: Int64?
    /// The processor time that its group may have, in cores; `nil` where no group has a limit.
    package var cores: Double?

    /// As they are now.
    package static var own: ControlGroupLimits {
        func read(_ path: String) -> String? { FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } }
        return ControlGroupLimits(groups: read("/proc/self/cgroup") ?? "", mounts: read("/proc/self/mountinfo") ?? "", read: read)
    }

    /// - Parameters:
    ///   - groups: the text of `/proc/self/cgroup`.
    ///   - mounts: the text of `/proc/self/mountinfo`.
    ///   - read: what a file says; `nil` where there is none.
    init(groups: String, mounts: String, read: (String) -> String?) {
        let mounts = mounts.split(separator: "\n").compactMap { Mount($0) }
        for group in groups.split(separator: "\n").compactMap({ Group($0) }) {
            for mount in mounts where mount.holds(group) {
                for folder in mount.folders(of: group) { take(folder, isUnified: group.controllers.isEmpty, read) }
            }
        }
    }

    private mutating func take(_ folder: String, isUnified: Bool, _ read: (String) -> String?) {
        func words(_ name: String) -> [Substring] { read("\(folder)/\(name)")?.split(whereSeparator: \.isWhitespace) ?? [] }
        // A group above 'memory.high' is not refused memory, but hardly goes on.
        for name in isUnified ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"] {
            if let bytes = words(name).first.flatMap({ Int64($0) }), bytes > 0 { memoryBytes = min(memoryBytes ?? bytes, bytes) }
        }
        let time = isUnified ? words("cpu.max") : words("cpu.cfs_quota_us") + words("cpu.cfs_period_us")
        // Without a limit the first is 'max', or -1.
        if time.count == 2, let quota = Double(time[0]), let period = Double(time[1]), quota > 0, period > 0 {
            cores = min(cores ?? .infinity, quota / period)
        }
    }

    /// A line of `/proc/self/cgroup`: `4:memory:/a/b`, of version 2 `0::/a/b`.
    private struct Group {
        /// None of version 2.
        let controllers: Set<Substring>
        let path: [Substring]

        init?(_ line: Substring) {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            controllers = Set(parts[1].split(separator: ","))
            path = parts[2].split(separator: "/")
        }
    }

    /// Where a tree of groups is seen.
    private struct Mount {
        private let isUnified: Bool
        private let controllers: Set<Substring>
        /// The group that is seen at `folder`.
        private let root: [Substring]
        private let folder: Substring

        /// A line such as `35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`.
        init?(_ line: Substring) {
            let words = line.split(separator: " ")
            guard let end = words.firstIndex(of: "-"), end > 4, words.count > end + 3 else { return nil }
            guard words[end + 1] == "cgroup" || words[end + 1] == "cgroup2" else { return nil }
            isUnified = words[end + 1] == "cgroup2"
            controllers = Set(words[end + 3].split(separator: ",")).intersection(["memory", "cpu"])
            (root, folder) = (words[3].split(separator: "/"), words[4])
        }

        func holds(_ group: Group) -> Bool {
            isUnified ? group.controllers.isEmpty : !controllers.isDisjoint(with: group.controllers)
        }

        /// The folders of a group and of all above it that are seen here.
        func folders(of group: Group) -> [String] {
            // A group beside what is seen here, as a container may have, has nothing here but what is above all.
            var below = group.path.starts(with: root) ? group.path.dropFirst(root.count) : []
            if below.contains("..") { below = [] }
            return (0...below.count).map { ([folder] + below.prefix($0)).joined(separator: "/") }
        }
    }
}
