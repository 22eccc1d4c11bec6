import Synchronization

/// The metrics of a process, and their text for Prometheus.
///
/// A registry holds at most `seriesMax` series (a histogram counts as one): beyond that, new label values are counted
/// under the label value `other` of their family, so that nothing is lost and memory stays bounded.
/// Names and label names are written in the program, so that a malformed one traps; label values may be any text.
package final class MetricsRegistry: Sendable {
    /// The media type of `exposition()`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let families = Mutex<[String: any MetricFamilyExposition]>([:])
    private let budget: SeriesBudget

    /// Makes an empty registry.
    /// - Parameter seriesMax: how many series there may be, over all families.
    package init(seriesMax: Int = 1_000) { budget = SeriesBudget(max: seriesMax) }

    /// A family of counters; the known one where the name is known. Names end in `_total`.
    package func counters(_ name: String, help: String, labels: [String]) -> MetricFamily<Counter> {
        precondition(name.hasSuffix("_total"), "the name of counter '\(name)' must end in _total")
        return family(name, help, labels) { Counter() }
    }

    /// A counter without labels.
    package func counter(_ name: String, help: String) -> Counter {
        counters(name, help: help, labels: []).labelled([])
    }

    /// A family of gauges; the known one where the name is known.
    package func gauges(_ name: String, help: String, labels: [String]) -> MetricFamily<Gauge> {
        family(name, help, labels) { Gauge() }
    }

    /// A gauge without labels.
    package func gauge(_ name: String, help: String) -> Gauge { gauges(name, help: help, labels: []).labelled([]) }

    /// A family of histograms; the known one where the name is known.
    /// - Parameter bounds: the upper bounds of the buckets, ascending and finite, in the unit that the name ends in.
    package func histograms(
        _ name: String, help: String, labels: [String], bounds: [Double] = Histogram.secondsBounds
    ) -> MetricFamily<Histogram> {
        precondition(!labels.contains("le"), "histogram '\(name)' has the label 'le', which is its buckets'")
        return family(name, help, labels) { Histogram(bounds: bounds) }
    }

    /// A histogram without labels.
    package func histogram(_ name: String, help: String, bounds: [Double] = Histogram.secondsBounds) -> Histogram {
        histograms(name, help: help, labels: [], bounds: bounds).labelled([])
    }

    /// A value that is read whenever the metrics are; `nil` leaves it out. A known name is replaced.
    package func observe(
        _ name: String, _ kind: ObservedMetric.Kind, help: String, read: @escaping @Sendable () -> Double?
    ) {
        precondition(MetricName.isValid(name), "'\(name)' is not a metric's name")
        families.withLock { $0[name] = ObservedMetric(name: name, kind: kind, help: help, read: read) }
    }

    /// Values with labels that are read whenever the metrics are. A known name is replaced.
    package func sample(
        _ name: String, _ kind: ObservedMetric.Kind, help: String, read: @escaping @Sendable () -> [SampledMetric.Sample]
    ) {
        precondition(MetricName.isValid(name), "'\(name)' is not a metric's name")
        families.withLock { $0[name] = SampledMetric(name: name, kind: kind, help: help, read: read) }
    }

    /// Histograms with labels that are read whenever the metrics are. A known name is replaced.
    package func sample(_ name: String, help: String, read: @escaping @Sendable () -> [SampledHistogram.Sample]) {
        precondition(MetricName.isValid(name), "'\(name)' is not a metric's name")
        families.withLock { $0[name] = SampledHistogram(name: name, help: help, read: read) }
    }

    /// All metrics in Prometheus' text format 0.0.4, by name. - Complexity: O(series).
    package func exposition() -> String {
        let families = families.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
        var text = ""
        for family in families { family.write(to: &text) }
        return text
    }

    private func family<Series: MetricSeries>(
        _ name: String, _ help: String, _ labels: [String], make: @escaping @Sendable () -> Series
    ) -> MetricFamily<Series> {
        precondition(MetricName.isValid(name), "'\(name)' is not a metric's name")
        for label in labels { precondition(MetricName.isValidLabel(label), "'\(label)' is not a label's name") }
        return families.withLock { families in
            if let known = families[name] {
                guard let family = known as? MetricFamily<Series>, family.labels == labels else {
                    preconditionFailure("metric '\(name)' is registered twice, with another type or other labels")
                }
                return family
            }
            let family = MetricFamily(name: name, help: help, labels: labels, budget: budget, make: make)
            families[name] = family
            return family
        }
    }
}

/// How many series may still be made.
final class SeriesBudget: Sendable {
    private let remaining: Mutex<Int>

    init(max: Int) { remaining = Mutex(max) }

    func take() -> Bool {
        remaining.withLock { remaining in
            guard remaining > 0 else { return false }
            remaining -= 1
            return true
        }
    }
}
