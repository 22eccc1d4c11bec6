import MartletRegistry
import MartletTesting

extension DatabaseKind {
    /// Runs a body with new stores, whose clock stands at 1000 ms unless it is moved.
    func withModels(
        clock: HandClock = HandClock(), isolation: isolated (any Actor)? = #isolation,
        _ body: (LoggedModelStore, TrackingStore) async throws -> Void
    ) async throws {
        try await withStore(clock: clock) { try await body(try await LoggedModelStore($0), $0) }
    }
}

extension LoggedModelStore {
    func make(_ name: String, experiment: Int64 = 0, parameters: [KeyedText] = [], tags: [KeyedText] = []) async throws -> String {
        try await create(LoggedModelDraft(experiment: experiment, name: name, parameters: parameters, tags: tags)).id
    }

    /// The names of what a search finds.
    func names(
        _ filter: String = "", orders: [LoggedModelOrder] = [], datasets: [LoggedModelMetric.Dataset] = [], experiments: [Int64] = [0],
        limit: Int = 100, offset: Int = 0
    ) async throws -> [String] {
        try await search(
            experiments: experiments, filter: SearchFilter(parsing: filter, of: .loggedModels), datasets: datasets,
            orders: LoggedModelOrder.orders(of: orders), limit: limit, offset: offset
        ).elements.map(\.name)
    }
}
