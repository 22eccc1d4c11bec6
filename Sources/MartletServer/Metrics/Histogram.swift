import Synchronization

/// How often observations fell into each of some fixed buckets.
package final class Histogram: MetricSeries {
    package static var typeName: String { "histogram" }

    /// Bounds for durations in seconds, from 100 µs to 30 s.
    package static let secondsBounds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        precondition(bounds.allSatisfy(\.isFinite), "bounds must be finite; +Inf is added")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must ascend")
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// How many observations there were.
    package var count: Int { state.withLock { $0.counts.reduce(0, +) } }

    /// The sum of all observations.
    package var sum: Double { state.withLock { $0.sum } }

    /// Counts one observation; `nan` is not one. - Complexity: O(log buckets).
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = firstBound(notBelow: value)
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    private func firstBound(notBelow value: Double) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package func write(name: String, labels: String, to text: inout String) {
        let snapshot = state.withLock { $0 }
        MetricText.writeHistogram(name, labels, bounds: bounds, counts: snapshot.counts, sum: snapshot.sum, to: &text)
    }
}
