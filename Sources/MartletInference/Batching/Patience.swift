/// How often waiting for company was worth it of late; where it rarely was, it is hardly tried any more.
struct Patience: Sendable {
    /// The share of the newest time in the success rate.
    static let learningRate = 0.1
    /// Below this rate of success one waits only now and then.
    static let successMin = 0.5
    /// One in so many opportunities is then still taken, to see whether times have changed.
    static let trialInterval = 16

    /// The share of times in which somebody came.
    private(set) var successRate = 1.0
    private var missedCount = 0
    /// The requests of the batch when it began to wait; `nil` while none waits.
    private var requestCount: Int?

    /// Whether a batch may wait, or go on waiting. - Parameter requests: how many are in it.
    mutating func mayWait(requests: Int) -> Bool {
        if requestCount != nil { return true }
        if successRate < Self.successMin {
            missedCount = (missedCount + 1) % Self.trialInterval
            guard missedCount == 0 else { return false }
        }
        requestCount = requests
        return true
    }

    /// Notes that a batch starts. - Parameter requests: how many are in it.
    mutating func end(requests: Int) {
        guard let before = requestCount else { return }
        requestCount = nil
        successRate += Self.learningRate * ((requests > before ? 1 : 0) - successRate)
    }

    /// Notes that nobody is left who could wait.
    mutating func abandon() { requestCount = nil }
}
