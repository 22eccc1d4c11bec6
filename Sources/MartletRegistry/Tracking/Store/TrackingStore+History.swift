import MartletStore

/// A value of a metric, and of which run.
package struct RunMetric: Sendable, Equatable {
    package let run: String
    package let metric: LoggedMetric

    /// Makes one.
    package init(run: String, metric: LoggedMetric) {
        self.run = run
        self.metric = metric
    }
}

extension TrackingStore {
    /// The most runs of one question about several; the most points of a bulk history, and of each run of a sampled one.
    package static let historyRunCountMax = 100
    package static let bulkPointCountMax = 25_000
    package static let sampledPointCountMax = 2_500

    /// All values of a metric of a run by time, step and value; none where there is no such run.
    /// - Parameter limit: the most values; all where it is `nil`.
    package func metricHistory(
        run: String, key: String, limit: Int? = nil, offset: Int = 0
    ) async throws -> TrackingPage<LoggedMetric> {
        if let limit, limit <= 0 {
            throw TrackingFault(
                .invalidParameterValue, "Invalid value \(limit) for parameter 'max_results' supplied. It must be a positive integer.")
        }
        return try await read { session in
            guard let series = try session.series(run: run, key: key) else { return TrackingPage([], hasMore: false) }
            let count = limit.map { $0 == .max ? $0 : $0 + 1 }
            let points = try session.history(series, limit: count ?? .max, offset: max(0, offset))
            return TrackingPage(points.map { $0.metric(key) }, limit: limit ?? .max)
        }
    }

    /// The values of a metric of several runs by run, time, step and value, in all at most `limit`.
    /// - Parameters:
    ///   - key: the empty one is one that no run has; `nil` is refused.
    ///   - limit: a negative one leaves so many of the last out, as MLflow does.
    package func bulkMetricHistory(runs: [String], key: String?, limit: Int = bulkPointCountMax) async throws -> [RunMetric] {
        guard !runs.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "GetMetricHistoryBulk request must specify at least one run_id.")
        }
        guard runs.count <= Self.historyRunCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "GetMetricHistoryBulk request cannot specify more than \(Self.historyRunCountMax) run_ids. Received \(runs.count) run_ids.")
        }
        guard let key else {
            throw TrackingFault(.invalidParameterValue, "GetMetricHistoryBulk request must specify a metric_key.")
        }
        let most = limit < 0 ? Int.max : min(limit, Self.bulkPointCountMax)
        let found = try await read { session in
            var found: [RunMetric] = []
            for run in Set(runs).sorted() where found.count < most {
                guard let series = try session.series(run: run, key: key) else { continue }
                let points = try session.history(series, limit: most - found.count, offset: 0)
                found += points.map { RunMetric(run: run, metric: $0.metric(key)) }
            }
            return found
        }
        return limit < 0 ? found.dropLast(limit == .min ? found.count : -limit) : found
    }

    /// At most `limit` values of a metric of each run by step, time and value, spread evenly, with the first and the last of the steps.
    /// - Parameter runs: in the order of the answer; one that is there twice is answered twice.
    package func sampledMetricHistory(
        runs: [String], key: String, startStep: Int64? = nil, endStep: Int64? = nil, limit: Int = sampledPointCountMax
    ) async throws -> [RunMetric] {
        guard runs.count <= Self.historyRunCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "GetMetricHistoryBulkInterval request must specify at most \(Self.historyRunCountMax) run_ids. Received \(runs.count) "
                    + "run_ids. See the API docs for more information about request parameters.")
        }
        guard (1...Self.sampledPointCountMax).contains(limit) else {
            throw TrackingFault(
                .invalidParameterValue,
                "max_results must be between 1 and \(Self.sampledPointCountMax). See the API docs for more information about request "
                    + "parameters.")
        }
        let steps = try Self.steps(startStep, endStep)
        return try await read { session in
            try runs.flatMap { run -> [RunMetric] in
                guard let series = try session.series(run: run, key: key) else { return [] }
                return try session.sample(series, steps, limit: limit).map { RunMetric(run: run, metric: $0.metric(key)) }
            }
        }
    }

    private static func steps(_ start: Int64?, _ end: Int64?) throws(TrackingFault) -> ClosedRange<Int64> {
        switch (start, end) {
        case (nil, nil): return .min ... .max
        case (let start?, let end?):
            guard start <= end else {
                throw TrackingFault(
                    .invalidParameterValue,
                    "end_step must be greater than start_step. Found start_step=\(start) and end_step=\(end).")
            }
            return start...end
        default:
            throw TrackingFault(
                .invalidParameterValue, "If either start step or end step are specified, both must be specified.")
        }
    }
}
