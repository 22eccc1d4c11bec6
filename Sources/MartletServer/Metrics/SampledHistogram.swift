/// Histograms with labels that somebody else keeps, and that are read when the metrics are.
package struct SampledHistogram: MetricFamilyExposition {
    /// One series.
    package struct Sample: Sendable {
        package var labels: [(name: String, value: String)]
        /// The upper ends of the buckets; a last bucket has no end.
        package var bounds: [Double]
        /// How many observations each bucket has, one more than there are bounds.
        package var counts: [Int]
        /// The sum of all observations.
        package var sum: Double

        /// Makes a sample.
        package init(labels: [(name: String, value: String)], bounds: [Double], counts: [Int], sum: Double) {
            (self.labels, self.bounds, self.counts, self.sum) = (labels, bounds, counts, sum)
        }
    }

    let name: String
    let help: String
    let read: @Sendable () -> [Sample]

    func write(to text: inout String) {
        let samples = read()
        guard !samples.isEmpty else { return }
        MetricText.writeHeader(name: name, help: help, type: Histogram.typeName, to: &text)
        for sample in samples {
            let labels = MetricText.labels(sample.labels)
            MetricText.writeHistogram(name, labels, bounds: sample.bounds, counts: sample.counts, sum: sample.sum, to: &text)
        }
    }
}
