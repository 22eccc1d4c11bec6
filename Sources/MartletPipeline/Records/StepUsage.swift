package import MartletCore

/// What a step used, its whole tree of processes together.
///
/// How exact each figure of a command is: processes whose parent waited for them, which is nearly all, are accounted by the kernel without
/// loss; of those that were killed or that nobody waited for, what they used after they were last looked at (at most 0.1 s before) is
/// missing. Steps of this program share its process, see `ProcessShares`.
package struct StepUsage: Sendable, Equatable {
    /// From the start to the end, exactly.
    package var wallSeconds = 0.0
    /// User and system time.
    package var cpuSeconds = 0.0
    /// The most memory at a time. Looked at first after 5 ms and then at least every 0.1 s, so a shorter peak may be missed, and a command
    /// that ends before that has 0; what one process had at most is known exactly where that is more than this program itself ever had.
    package var memoryPeakBytes = 0
    /// Memory times time, for prices by the GiB-hour: straight lines between the looks.
    package var memoryByteSeconds = 0.0
    /// Accelerators that were set aside, times time.
    package var acceleratorSeconds = 0.0
    /// Through system calls that read and write, also from the page cache, pipes and sockets. Mapped files are not in it.
    package var (readBytes, writtenBytes) = (0, 0)
    /// What of it the disks had to read, and what was made dirty for them to write.
    package var (storageReadBytes, storageWrittenBytes) = (0, 0)

    package init() {}

    /// Both together, as if one came after the other.
    package static func += (left: inout StepUsage, right: StepUsage) {
        left.wallSeconds += right.wallSeconds
        left.cpuSeconds += right.cpuSeconds
        left.memoryPeakBytes = max(left.memoryPeakBytes, right.memoryPeakBytes)
        left.memoryByteSeconds += right.memoryByteSeconds
        left.acceleratorSeconds += right.acceleratorSeconds
        left.readBytes += right.readBytes
        left.writtenBytes += right.writtenBytes
        left.storageReadBytes += right.storageReadBytes
        left.storageWrittenBytes += right.storageWrittenBytes
    }
}

extension StepUsage {
    /// As it is stored.
    package var json: JSONValue {
        [
            "wall_seconds": .number(wallSeconds), "cpu_seconds": .number(cpuSeconds),
            "memory_peak_bytes": .integer(Int64(memoryPeakBytes)), "memory_byte_seconds": .number(memoryByteSeconds),
            "accelerator_seconds": .number(acceleratorSeconds),
            "read_bytes": .integer(Int64(readBytes)), "written_bytes": .integer(Int64(writtenBytes)),
            "storage_read_bytes": .integer(Int64(storageReadBytes)), "storage_written_bytes": .integer(Int64(storageWrittenBytes)),
        ]
    }

    /// Reads what `json` wrote; what is not there, as where an older martlet wrote it, counts as nothing.
    package init(json: JSONValue) {
        wallSeconds = json["wall_seconds"]?.double ?? 0
        cpuSeconds = json["cpu_seconds"]?.double ?? 0
        memoryPeakBytes = Int(clamping: json["memory_peak_bytes"]?.int ?? 0)
        memoryByteSeconds = json["memory_byte_seconds"]?.double ?? 0
        acceleratorSeconds = json["accelerator_seconds"]?.double ?? 0
        readBytes = Int(clamping: json["read_bytes"]?.int ?? 0)
        writtenBytes = Int(clamping: json["written_bytes"]?.int ?? 0)
        storageReadBytes = Int(clamping: json["storage_read_bytes"]?.int ?? 0)
        storageWrittenBytes = Int(clamping: json["storage_written_bytes"]?.int ?? 0)
    }
}

/// What caching saved of a step.
package struct SavedUsage: Sendable, Equatable {
    /// How many of its instances did not run.
    package var instances = 0
    /// What they used when they ran.
    package var usage = StepUsage()

    package init() {}
}
