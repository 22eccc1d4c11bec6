/// How often observations fell into each of some fixed buckets: a histogram as a plain value.
package struct Distribution: Sendable, Equatable {
    /// Bounds for times in seconds, from 10 µs to 10 s.
    package static let secondsBounds: [Double] = [
        0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Bounds for rows of a batch.
    package static let rowsBounds: [Double] = (0...12).map { Double(1 << $0) }

    /// The upper ends of the buckets, each in its bucket; a last bucket has no end.
    package let bounds: [Double]
    /// How many observations each bucket has, one more than there are bounds.
    package private(set) var counts: [Int]
    /// The sum of all observations.
    package private(set) var sum = 0.0

    /// Makes an empty distribution. - Parameter bounds: ascending.
    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// How many observations there are.
    package var count: Int { counts.reduce(0, +) }

    /// Counts an observation. - Complexity: O(log buckets).
    mutating func observe(_ value: Double) {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        counts[low] += 1
        sum += value
    }
}
