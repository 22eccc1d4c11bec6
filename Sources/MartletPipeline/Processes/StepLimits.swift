import MartletCore

/// What a command may use; `nil` is no limit.
package struct StepLimits: Sendable, Equatable {
    /// Wall time from its start.
    package var time: Duration?
    /// The longest that it may neither write to its log nor touch `$MARTLET_PROGRESS`.
    package var heartbeat: Duration?
    /// Memory of all its processes together; kept by the kernel where this user may make control groups that limit memory, else by looking
    /// at the processes at least every 0.1 s, every 20 ms once they have half of it.
    package var memoryBytes: Int?
    /// CPU seconds of all its processes together; the kernel holds each single one to them besides.
    package var cpuSeconds: Double?
    /// The size of each file that it writes.
    package var fileSizeBytes: Int?
    /// The open files of each process.
    package var openFileCount: Int?
    /// How many processes it may have at a time.
    package var processCount: Int?

    package init(
        time: Duration? = nil, heartbeat: Duration? = nil, memoryBytes: Int? = nil, cpuSeconds: Double? = nil, fileSizeBytes: Int? = nil,
        openFileCount: Int? = nil, processCount: Int? = nil
    ) {
        self.time = time
        self.heartbeat = heartbeat
        self.memoryBytes = memoryBytes
        self.cpuSeconds = cpuSeconds
        self.fileSizeBytes = fileSizeBytes
        self.openFileCount = openFileCount
        self.processCount = processCount
    }

    /// Those that the kernel keeps for each process by itself.
    var kernelLimits: [GuardedCommand.Limit] {
        [
            // A second more, as the kernel counts by its ticks here: the looks at all processes together are exact, and come first.
            cpuSeconds.map { .cpuSeconds(Int(min(max(0, $0.rounded(.up)), 1e9)) + 1) }, fileSizeBytes.map { .fileSizeBytes($0) },
            openFileCount.map { .openFileCount($0) },
        ].compactMap { $0 }
    }
}
