/// What a batcher did since it was made, and what it does now: plain values for whoever keeps metrics.
package struct BatchStatistics: Sendable, Equatable {
    /// Requests that the model answered, together or alone.
    package internal(set) var inferenceCount = 0
    /// The rows of these requests.
    package internal(set) var rowCount = 0
    /// Requests to which the model's own error was passed on.
    package internal(set) var failureCount = 0
    /// Runs of the model, whether they failed or not.
    package internal(set) var executionCount = 0
    /// Of these, runs of parts of a batch that had failed.
    package internal(set) var retryCount = 0
    /// Of these, runs on the caller's own thread.
    package internal(set) var directCount = 0

    /// Requests refused because they would have been answered too late.
    package internal(set) var lateCount = 0
    /// Requests refused because as many waited as may.
    package internal(set) var fullCount = 0
    /// Requests that gave way to one of higher priority.
    package internal(set) var displacedCount = 0
    /// Requests whose deadline passed while they waited.
    package internal(set) var expiredCount = 0
    /// Requests that came after the batcher was closed, or that it let go when it was.
    package internal(set) var closedCount = 0
    /// Requests whose caller went away before the answer.
    package internal(set) var cancelledCount = 0

    /// How long requests waited before they were run, in seconds. Requests on their caller's thread are not in it.
    package internal(set) var queueSeconds = Distribution(bounds: Distribution.secondsBounds)
    /// The rows of the batches. Requests on their caller's thread are not in it.
    package internal(set) var batchRows = Distribution(bounds: Distribution.rowsBounds)
    /// How long the batches took, in seconds, with retries. Requests on their caller's thread are not in it.
    package internal(set) var executionSeconds = Distribution(bounds: Distribution.secondsBounds)

    /// Requests that wait now.
    package internal(set) var waitingRequestCount = 0
    /// The rows that wait now.
    package internal(set) var waitingRowCount = 0
    /// Batches that run now.
    package internal(set) var runningBatchCount = 0

    mutating func count(_ rejection: BatchQueue.Rejection) {
        switch rejection {
        case .late: lateCount += 1
        case .full: fullCount += 1
        case .displaced: displacedCount += 1
        case .expired: expiredCount += 1
        case .closed: closedCount += 1
        }
    }
}
