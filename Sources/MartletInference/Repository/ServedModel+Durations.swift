extension ServedModel {
    /// How long requests waited for a run; those that ran at once waited no time.
    package var queueing: ModelStatistics.Duration {
        let seconds = batcher?.statistics.queueSeconds.sum ?? 0
        return ModelStatistics.Duration(count: statistics.success.count, nanoseconds: UInt64(seconds * 1e9))
    }

    /// How long runs took, without waiting for them.
    package var running: ModelStatistics.Duration {
        let whole = statistics.inference
        return ModelStatistics.Duration(count: whole.count, nanoseconds: whole.nanoseconds - min(whole.nanoseconds, queueing.nanoseconds))
    }
}
