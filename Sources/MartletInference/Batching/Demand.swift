/// How requests have come of late: the time between two, the rows of one, and how many are there at once. Exponentially forgotten.
///
/// A gap is counted from the latest request or the latest end of a batch. Where requests come independently of one another that
/// makes no difference; where callers come again as soon as they are answered, it tells that they come all at once.
struct Demand: Sendable {
    /// The share of the newest observation in an estimate: about the last ten count.
    static let learningRate = 0.1

    /// Longer gaps count as this one, so that an idle night is forgotten after a few requests.
    private let gapSecondsMax: Double
    private var peak = 0.0
    /// When the present gap began; `nil` before the first request.
    private(set) var anchorSeconds: Double?
    /// The mean gap; `nil` before the second request.
    private(set) var gapSeconds: Double?
    /// The mean rows of a request.
    private(set) var rowsPerRequest = 1.0
    /// How many requests wait or run at once at the busiest time between two ends of batches.
    private(set) var crowd = 0.0

    init(gapSecondsMax: Double) { self.gapSecondsMax = gapSecondsMax }

    /// Counts a request that came now. - Parameter present: how many requests wait or run, this one among them.
    mutating func count(rows: Int, present: Int, now: Double) {
        peak = max(peak, Double(present))
        crowd = max(crowd, peak)
        if let anchorSeconds {
            let gap = min(now - anchorSeconds, gapSecondsMax)
            gapSeconds = gapSeconds.map { $0 + Self.learningRate * (gap - $0) } ?? gap
            rowsPerRequest += Self.learningRate * (Double(rows) - rowsPerRequest)
        } else {
            rowsPerRequest = Double(rows)
        }
        anchorSeconds = now
    }

    /// Begins a new gap, as callers got their answers now. - Parameter present: how many requests wait or run still.
    mutating func restart(present: Int, now: Double) {
        crowd = max(peak, crowd + Self.learningRate * (peak - crowd))
        peak = Double(present)
        if anchorSeconds != nil { anchorSeconds = now }
    }

    /// How many more requests come within some time, of which the crowd may be made up.
    func expectedCount(within seconds: Double) -> Double {
        guard let gapSeconds, seconds > 0 else { return 0 }
        return min(seconds / max(gapSeconds, 1e-9), max(0, crowd - 1))
    }
}
