/// Divides what this process uses among the steps of this program that run in it at a time.
///
/// A step is given what its own threads used, exactly, and an equal share of all the rest that the process used while it ran: most of
/// that is of threads that engines start (DuckDB, LightGBM), which nobody can tell apart by step. A step that runs alone is given all of it.
struct ProcessShares {
    /// What the kernel says of the process at a moment; but for memory all of it since a beginning that is the same for all readings.
    struct Reading: Equatable {
        var seconds = 0.0
        /// Of all threads.
        var cpuSeconds = 0.0
        /// Of the threads that run nothing but one step, by its number.
        var ownCPUSeconds: [Int: Double] = [:]
        var residentBytes = 0
        var storageReadBytes = 0
        var storageWrittenBytes = 0
    }

    /// What has been given to a step, and when it began.
    private struct Share {
        let beganAt: Double
        var usage = StepUsage()
        var ownCPUSeconds = 0.0
        // Shares of bytes are fractions until the end.
        var readBytes = 0.0
        var writtenBytes = 0.0

        init(beganAt: Double) { self.beganAt = beganAt }
    }

    private var shares: [Int: Share] = [:]
    private var last = Reading()

    mutating func begin(_ step: Int, at reading: Reading) {
        advance(to: reading)
        shares[step] = Share(beganAt: reading.seconds)
    }

    /// - Returns: what the step used; nothing for one that did not begin.
    mutating func end(_ step: Int, at reading: Reading) -> StepUsage {
        advance(to: reading)
        guard let share = shares.removeValue(forKey: step) else { return StepUsage() }
        var usage = share.usage
        usage.wallSeconds = reading.seconds - share.beganAt
        usage.storageReadBytes = Int(share.readBytes.rounded())
        usage.storageWrittenBytes = Int(share.writtenBytes.rounded())
        (usage.readBytes, usage.writtenBytes) = (usage.storageReadBytes, usage.storageWrittenBytes)
        return usage
    }

    private mutating func advance(to reading: Reading) {
        defer { last = reading }
        guard !shares.isEmpty else { return }
        let count = Double(shares.count)
        let known = shares.reduce(0) { $0 + (reading.ownCPUSeconds[$1.key] ?? $1.value.ownCPUSeconds) - $1.value.ownCPUSeconds }
        // The clocks of threads and of the process are not read in the same instant.
        let rest = max(0, reading.cpuSeconds - last.cpuSeconds - known)
        let seconds = reading.seconds - last.seconds
        for (step, share) in shares {
            var share = share
            let own = reading.ownCPUSeconds[step] ?? share.ownCPUSeconds
            share.usage.cpuSeconds += own - share.ownCPUSeconds + rest / count
            share.ownCPUSeconds = own
            share.usage.memoryByteSeconds += Double(reading.residentBytes) * seconds / count
            share.readBytes += Double(reading.storageReadBytes - last.storageReadBytes) / count
            share.writtenBytes += Double(reading.storageWrittenBytes - last.storageWrittenBytes) / count
            shares[step] = share
        }
    }
}
