import MartletCore

/// What a batcher promises and how much it takes on. Times are in seconds.
package struct BatchingPolicy: Sendable, Equatable {
    /// The priorities that count; others count as the nearest of them. The higher one goes first.
    package static let priorityRange = -9...9
    /// The most batches that run at once.
    package static let runnerCountMax = 64

    /// 99 of 100 requests are to be answered within this time after they came.
    package var objectiveSeconds: Double
    /// The most rows of a batch; a request of more runs alone.
    package var rowCountMax: Int
    /// The most requests of a batch.
    package var requestCountMax = 256
    /// The most requests that wait.
    package var queueRequestCountMax = 1_024
    /// The most rows that wait, unless one request alone has more.
    package var queueRowCountMax = 65_536
    /// A request is refused when it would be answered later than this share of the objective; the rest is for what was not foreseen.
    package var admissionFactor = 0.9
    /// After each such time that a request has waited it counts as one priority higher.
    package var ageingSeconds: Double
    /// How many batches run at once, each on a thread of its own.
    package var runnerCount = 1
    /// Where batching does not pay, a request that takes no longer than this runs on its caller's thread; longer ones would keep
    /// it from others.
    package var directSecondsMax = 0.002
    /// When a batch fails, the most runs of its parts that look for the requests to blame.
    package var retryRunCountMax = 64

    /// Makes a policy with the usual limits, which may be changed afterwards.
    package init(objectiveSeconds: Double, rowCountMax: Int) {
        self.objectiveSeconds = objectiveSeconds
        self.rowCountMax = rowCountMax
        ageingSeconds = 10 * objectiveSeconds
    }

    /// Checks that every limit is one.
    /// - Throws: `invalidInput`, with the name of what is not.
    package func check() throws {
        let seconds = [
            ("objectiveSeconds", objectiveSeconds, 1e-6...3_600), ("ageingSeconds", ageingSeconds, 1e-6...86_400),
            ("admissionFactor", admissionFactor, 0.5...100), ("directSecondsMax", directSecondsMax, 0...60),
        ]
        let counts = [
            ("rowCountMax", rowCountMax, 1...CostCurve.rowCountMax), ("requestCountMax", requestCountMax, 1...65_536),
            ("queueRequestCountMax", queueRequestCountMax, 1...65_536), ("runnerCount", runnerCount, 1...Self.runnerCountMax),
            ("queueRowCountMax", queueRowCountMax, 1...CostCurve.rowCountMax), ("retryRunCountMax", retryRunCountMax, 0...65_536),
        ]
        for (name, value, range) in seconds where !range.contains(value) { throw Self.invalid(name, "\(value)", "\(range)") }
        for (name, value, range) in counts where !range.contains(value) { throw Self.invalid(name, "\(value)", "\(range)") }
    }

    private static func invalid(_ name: String, _ value: String, _ range: String) -> MartletError {
        MartletError(.invalidInput, "batching: expected '\(name)' within \(range), found \(value); change it")
    }
}
