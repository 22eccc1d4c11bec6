import MartletStore

extension TrackingStore {
    /// The most experiments of one search; MLflow names none.
    package static let searchExperimentCountMax = 10_000

    /// Runs of some experiments, with all that they logged except the models that they used, as MLflow has it.
    /// - Parameter orders: of `SearchOrder.orders`; where it is empty the latest come first.
    /// - Parameter limit: the most runs of the page, at least 1.
    package func searchRuns(
        experiments: [Int64], filter: SearchFilter, orders: [SearchOrder], view: StageView = .activeOnly, limit: Int, offset: Int = 0
    ) async throws -> TrackingPage<TrackedRun> {
        try Self.check(limit: limit)
        guard experiments.count <= Self.searchExperimentCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "a search is of at most \(Self.searchExperimentCountMax) experiments, found \(experiments.count); split it")
        }
        guard !experiments.isEmpty else { return TrackingPage([], hasMore: false) }
        let orders = try orders.isEmpty ? SearchOrder.orders(parsing: [], of: .runs) : orders
        let distinct = Set(experiments).sorted()
        return try await read { session in
            let search = RunSearch(distinct, view, filter, orders, session)
            let page = TrackingPage(try search.runs(limit: limit + 1, offset: max(0, offset)), limit: limit)
            return TrackingPage(try session.complete(page.elements, withModelInputs: false), hasMore: page.hasMore)
        }
    }

    static func check(limit: Int) throws(TrackingFault) {
        guard limit >= 1 else {
            throw TrackingFault(
                .invalidParameterValue, "Invalid value \(limit) for parameter 'max_results' supplied. It must be a positive integer")
        }
        guard limit <= 1_000_000 else {
            throw TrackingFault(
                .invalidParameterValue, "Invalid value \(limit) for parameter 'max_results' supplied. It must be at most 1000000")
        }
    }
}
