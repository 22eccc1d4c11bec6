/// When a delivery that failed is sent again, as MLflow does: at once, after 2 s and after 4 s, each but the first with up to 1 s more.
struct WebhookRetries: Sendable {
    static let statuses: Set = [429, 500, 502, 503, 504]
    static let waitMaxSeconds = 60.0

    let countMax: Int

    /// How long to wait before the next attempt, in seconds; `nil` where there is none.
    /// - Parameter count: how often it was sent again already.
    /// - Parameter jitter: from 0 to 1.
    func wait(afterRetries count: Int, retryAfterSeconds: Int? = nil, jitter: Double) -> Double? {
        guard count < countMax else { return nil }
        if let asked = retryAfterSeconds { return min(Self.waitMaxSeconds, Double(max(0, asked))) }
        // The power stays finite: beyond 60 s it no longer matters.
        return count == 0 ? 0 : min(Self.waitMaxSeconds, Double(1 << min(count, 10)) + jitter)
    }
}
