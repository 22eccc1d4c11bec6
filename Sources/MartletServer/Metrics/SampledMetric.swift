/// A metric with labels whose values are read when the metrics are.
package struct SampledMetric: MetricFamilyExposition {
    /// One series.
    package struct Sample: Sendable {
        package var labels: [(name: String, value: String)]
        package var value: Double

        /// Makes a sample.
        package init(labels: [(name: String, value: String)], value: Double) {
            self.labels = labels
            self.value = value
        }
    }

    let name: String
    let kind: ObservedMetric.Kind
    let help: String
    let read: @Sendable () -> [Sample]

    func write(to text: inout String) {
        let samples = read()
        guard !samples.isEmpty else { return }
        MetricText.writeHeader(name: name, help: help, type: kind.rawValue, to: &text)
        for sample in samples {
            MetricText.writeSample(name, MetricText.labels(sample.labels), sample.value, to: &text)
        }
    }
}
