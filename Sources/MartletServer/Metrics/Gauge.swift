import Synchronization

/// A number that rises and falls.
package final class Gauge: MetricSeries {
    package static var typeName: String { "gauge" }

    private let bits = Atomic<UInt64>(0)

    /// The present number.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    /// Replaces the number.
    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Adds to the number; what is negative lowers it.
    package func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: current, desired: next, ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }

    package func write(name: String, labels: String, to text: inout String) {
        MetricText.writeSample(name, labels, value, to: &text)
    }
}
