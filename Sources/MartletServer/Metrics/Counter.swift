import Synchronization

/// A number that only grows.
package final class Counter: MetricSeries {
    package static var typeName: String { "counter" }

    private let count = Atomic<Int>(0)

    /// The present number.
    package var value: Int { count.load(ordering: .relaxed) }

    /// Adds to the number. - Parameter amount: zero or more.
    package func increment(by amount: Int = 1) {
        precondition(amount >= 0, "a counter never falls")
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    package func write(name: String, labels: String, to text: inout String) {
        MetricText.writeSample(name, labels, Double(value), to: &text)
    }
}
