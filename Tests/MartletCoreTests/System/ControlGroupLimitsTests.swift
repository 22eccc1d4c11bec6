import Testing

@testable import MartletCore

@Suite struct ControlGroupLimitsTests {
    private static let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"

    private static func limits(_ groups: String, _ mounts: String, _ files: [String: String]) -> ControlGroupLimits {
        ControlGroupLimits(groups: groups, mounts: mounts) { files[$0] }
    }

    @Test func `the least of all groups from its own up to the root is what a process has`() {
        let files = [
            "/sys/fs/cgroup/user.slice/memory.max": "8589934592\n", "/sys/fs/cgroup/user.slice/a/memory.max": "max\n",
            "/sys/fs/cgroup/user.slice/a/b/memory.max": "9589934592\n", "/sys/fs/cgroup/other/memory.max": "1\n",
            "/sys/fs/cgroup/user.slice/a/cpu.max": "150000 100000\n", "/sys/fs/cgroup/user.slice/a/b/cpu.max": "max 100000\n",
        ]
        let limits = Self.limits("0::/user.slice/a/b\n", Self.unified, files)
        #expect(limits.memoryBytes == 8_589_934_592)
        #expect(limits.cores == 1.5)
    }

    @Test func `what a group may hardly go beyond counts as its limit`() {
        let files = ["/sys/fs/cgroup/memory.max": "2000", "/sys/fs/cgroup/memory.high": "1000"]
        #expect(Self.limits("0::/", Self.unified, files).memoryBytes == 1_000)
    }

    @Test func `groups of version 1 have a tree for each kind, and no limit of time is -1`() {
        let mounts = """
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """
        let groups = "4:memory:/m/n\n2:cpu,cpuacct:/c\n0::/u\n"
        let files = [
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/m/memory.limit_in_bytes": "1073741824\n",
            "/sys/fs/cgroup/memory/m/n/memory.limit_in_bytes": "2073741824\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us": "50000\n", "/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us": "100000\n",
        ]
        #expect(Self.limits(groups, mounts, files) == Self.limit(memoryBytes: 1 << 30, cores: 0.5))
    }

    private static func limit(memoryBytes: Int64?, cores: Double?) -> ControlGroupLimits {
        var limits = limits("", "", [:])
        (limits.memoryBytes, limits.cores) = (memoryBytes, cores)
        return limits
    }

    @Test func `a container that sees its own group alone finds it where that is mounted`() {
        let mounts = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
        let files = ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "5000", "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "4000"]
        #expect(Self.limits("4:memory:/docker/abc\n", mounts, files).memoryBytes == 5_000)
        #expect(Self.limits("4:memory:/docker/abc/x\n", mounts, files).memoryBytes == 4_000)
        #expect(Self.limits("4:memory:/elsewhere/x\n", mounts, files).memoryBytes == 5_000)
        #expect(Self.limits("0::/../../x\n", Self.unified, ["/sys/fs/cgroup/memory.max": "7"]).memoryBytes == 7)
    }

    @Test(arguments: [("", ""), ("0::/", ""), ("nonsense", "nonsense - cgroup2"), ("0::/a", "30 23 0:26 / /x rw - ext4 /dev/x rw")])
    func `where nothing is said there is no limit`(groups: String, mounts: String) {
        #expect(Self.limits(groups, mounts, ["/x/memory.max": "5"]) == Self.limit(memoryBytes: nil, cores: nil))
    }
}
