/// Adds up what a command uses, from looks at its processes and what the kernel says at the end.
struct StepMeter {
    private(set) var usage = StepUsage()
    private var last: (elapsed: Double, memoryBytes: Double) = (0, 0)

    /// Takes a look at a time since the start.
    mutating func add(_ sample: TreeSample, at elapsed: Duration) {
        raise(sample)
        usage.memoryPeakBytes = max(usage.memoryPeakBytes, sample.memoryBytes)
        advance(to: elapsed, memoryBytes: Double(sample.memoryBytes))
    }

    /// What was used until a time.
    func usage(at elapsed: Duration) -> StepUsage {
        var usage = usage
        usage.wallSeconds = elapsed / .seconds(1)
        return usage
    }

    /// Takes what was counted to the end, by the parent of all.
    mutating func raise(_ sample: TreeSample) {
        // A process that nobody waited for takes what it used along, but what was seen was used.
        usage.cpuSeconds = max(usage.cpuSeconds, sample.cpuSeconds)
        usage.readBytes = max(usage.readBytes, sample.readBytes)
        usage.writtenBytes = max(usage.writtenBytes, sample.writtenBytes)
        usage.storageReadBytes = max(usage.storageReadBytes, sample.storageReadBytes)
        usage.storageWrittenBytes = max(usage.storageWrittenBytes, sample.storageWrittenBytes)
    }

    /// Takes the end.
    /// - Parameters:
    ///   - cpuSeconds: of all that were waited for.
    ///   - singlePeakBytes: the most memory that one of them had; `nil` where that is not known.
    mutating func end(at elapsed: Duration, cpuSeconds: Double, singlePeakBytes: Int?) {
        usage.cpuSeconds = max(usage.cpuSeconds, cpuSeconds)
        usage.memoryPeakBytes = max(usage.memoryPeakBytes, singlePeakBytes ?? 0)
        advance(to: elapsed, memoryBytes: last.memoryBytes)
        usage.wallSeconds = elapsed / .seconds(1)
    }

    private mutating func advance(to elapsed: Duration, memoryBytes: Double) {
        let seconds = elapsed / .seconds(1)
        usage.memoryByteSeconds += (seconds - last.elapsed) * (last.memoryBytes + memoryBytes) / 2
        last = (seconds, memoryBytes)
    }
}
