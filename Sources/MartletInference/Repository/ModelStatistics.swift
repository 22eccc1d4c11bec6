import Synchronization

/// What a model version did since it was loaded: counters that any thread adds to without waiting.
///
/// The parts are those of Triton's statistics extension: input, inference and output; what waits is the batcher's to tell.
package final class ModelStatistics: Sendable {
    /// How often something happened and how long it took altogether.
    package struct Duration: Sendable, Equatable {
        package var count: UInt64
        package var nanoseconds: UInt64
    }

    /// Where the time of one request went, in nanoseconds.
    package struct Request: Sendable {
        package var rows: Int
        package var total: UInt64
        package var input: UInt64
        package var inference: UInt64
        package var output: UInt64

        /// Makes the times of a request.
        package init(rows: Int, total: UInt64, input: UInt64, inference: UInt64, output: UInt64) {
            (self.rows, self.total) = (rows, total)
            (self.input, self.inference, self.output) = (input, inference, output)
        }
    }

    private struct Sum: ~Copyable {
        let count = Atomic<UInt64>(0)
        let nanoseconds = Atomic<UInt64>(0)

        func add(_ nanoseconds: UInt64) {
            count.wrappingAdd(1, ordering: .relaxed)
            self.nanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
        }

        var value: Duration { Duration(count: count.load(ordering: .relaxed), nanoseconds: nanoseconds.load(ordering: .relaxed)) }
    }

    private let successes = Sum()
    private let failures = Sum()
    private let inputs = Sum()
    private let inferences = Sum()
    private let outputs = Sum()
    private let rows = Atomic<UInt64>(0)
    private let lastAt = Atomic<UInt64>(0)
    private let pending = Atomic<Int>(0)

    package init() {}

    /// A request was answered. - Parameter now: milliseconds since 1970.
    package func answered(_ request: Request, now: UInt64) {
        successes.add(request.total)
        inputs.add(request.input)
        inferences.add(request.inference)
        outputs.add(request.output)
        rows.wrappingAdd(UInt64(max(0, request.rows)), ordering: .relaxed)
        lastAt.store(now, ordering: .relaxed)
    }

    /// A request failed after so many nanoseconds.
    package func failed(nanoseconds: UInt64) { failures.add(nanoseconds) }

    /// A request came; `left` tells that it is over.
    package func came() { pending.wrappingAdd(1, ordering: .relaxed) }
    /// A request is over.
    package func left() { pending.wrappingAdd(-1, ordering: .relaxed) }

    package var success: Duration { successes.value }
    package var failure: Duration { failures.value }
    package var input: Duration { inputs.value }
    package var inference: Duration { inferences.value }
    package var output: Duration { outputs.value }
    /// Rows answered.
    package var rowCount: UInt64 { rows.load(ordering: .relaxed) }
    /// When the last request was answered, in milliseconds since 1970; 0 before.
    package var lastInferenceMilliseconds: UInt64 { lastAt.load(ordering: .relaxed) }
    /// Requests under way.
    package var pendingCount: Int { max(0, pending.load(ordering: .relaxed)) }
}
