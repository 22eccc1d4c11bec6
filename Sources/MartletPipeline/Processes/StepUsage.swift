package import MartletCore

/// What a command used, all its processes together.
///
/// How exact each figure is: processes whose parent waited for them, which is nearly all, are accounted by the kernel without loss; of
/// those that were killed or that nobody waited for, what they used after they were last looked at (at most 0.1 s before) is missing.
package struct StepUsage: Sendable, Equatable {
    /// From the start to the end, exactly.
    package var wallSeconds = 0.0
    /// User and system time; exact but for the above. The shell that guards the command is in it, about a millisecond.
    package var cpuSeconds = 0.0
    /// The most memory at a time. Looked at first after 5 ms and then at least every 0.1 s, so a shorter peak may be missed, and a command
    /// that ends before that has 0; what one process had at most is known exactly where that is more than this program itself ever had.
    package var memoryPeakBytes = 0
    /// Memory times time, for prices by the GiB-hour: straight lines between the looks.
    package var memoryByteSeconds = 0.0
    /// Through system calls that read and write, also from the page cache, pipes and sockets. Mapped files are not in it.
    package var (readBytes, writtenBytes) = (0, 0)
    /// What of it the disks had to read, and what was made dirty for them to write.
    package var (storageReadBytes, storageWrittenBytes) = (0, 0)

    package init() {}

    /// As it is stored.
    package var json: JSONValue {
        [
            "wall_seconds": .number(wallSeconds), "cpu_seconds": .number(cpuSeconds),
            "memory_peak_bytes": .integer(Int64(memoryPeakBytes)), "memory_byte_seconds": .number(memoryByteSeconds),
            "read_bytes": .integer(Int64(readBytes)), "written_bytes": .integer(Int64(writtenBytes)),
            "storage_read_bytes": .integer(Int64(storageReadBytes)), "storage_written_bytes": .integer(Int64(storageWrittenBytes)),
        ]
    }

    /// Reads what `json` wrote. - Throws: `corrupt`.
    package init(_ json: JSONValue) throws {
        wallSeconds = try Self.member("wall_seconds", json, \.double)
        cpuSeconds = try Self.member("cpu_seconds", json, \.double)
        memoryPeakBytes = Int(try Self.member("memory_peak_bytes", json, \.int))
        memoryByteSeconds = try Self.member("memory_byte_seconds", json, \.double)
        readBytes = Int(try Self.member("read_bytes", json, \.int))
        writtenBytes = Int(try Self.member("written_bytes", json, \.int))
        storageReadBytes = Int(try Self.member("storage_read_bytes", json, \.int))
        storageWrittenBytes = Int(try Self.member("storage_written_bytes", json, \.int))
    }

    private static func member<Value>(_ name: String, _ json: JSONValue, _ value: (JSONValue) -> Value?) throws -> Value {
        guard let member = json[name].flatMap(value) else {
            throw MartletError(.corrupt, "a step's usage: expected the number '\(name)', found \(json.canonicalText.prefix(200))")
        }
        return member
    }
}
