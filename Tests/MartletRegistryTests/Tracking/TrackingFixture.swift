import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Synchronization

/// A clock that is moved by hand.
final class HandClock: Sendable {
    private let milliseconds = Atomic<Int64>(1000)

    func set(_ time: Int64) { milliseconds.store(time, ordering: .relaxed) }

    var options: TrackingOptions {
        var options = TrackingOptions()
        options.clock = { Timestamp(microseconds: self.milliseconds.load(ordering: .relaxed) * 1000) }
        options.randomness = SplitMix64(seed: 1)
        options.workingFolder = "/work-folder"
        return options
    }
}

extension DatabaseKind {
    /// Runs a body with a new store, whose clock stands at 1000 ms unless it is moved.
    @discardableResult
    func withStore<Result>(
        clock: HandClock = HandClock(), isolation: isolated (any Actor)? = #isolation, _ body: (TrackingStore) async throws -> Result
    ) async throws -> Result {
        try await withDatabase { try await body(try await TrackingStore($0, options: clock.options)) }
    }
}

extension TrackingStore {
    /// A new run of the default experiment, or another.
    func makeRun(experiment: Int64 = 0, name: String = "r", startedAt: Int64 = 0) async throws -> String {
        try await createRun(RunDraft(experiment: experiment, name: name, startedAt: startedAt)).info.id
    }

    func runs(
        _ filter: String = "", orders: [String] = [], experiments: [Int64] = [0], view: StageView = .activeOnly, limit: Int = 1000,
        offset: Int = 0
    ) async throws -> TrackingPage<TrackedRun> {
        try await searchRuns(
            experiments: experiments, filter: SearchFilter(parsing: filter, of: .runs),
            orders: SearchOrder.orders(parsing: orders, of: .runs), view: view, limit: limit, offset: offset)
    }
}

extension TrackingFault {
    static func invalid(_ message: String) -> TrackingFault { TrackingFault(.invalidParameterValue, message) }
    static func missing(_ message: String) -> TrackingFault { TrackingFault(.resourceDoesNotExist, message) }
}
