/// A metric whose value is read when the metrics are.
package struct ObservedMetric: MetricFamilyExposition {
    /// How the value moves.
    package enum Kind: String, Sendable {
        /// It only grows.
        case counter
        /// It rises and falls.
        case gauge
    }

    let name: String
    let kind: Kind
    let help: String
    let read: @Sendable () -> Double?

    func write(to text: inout String) {
        guard let value = read() else { return }
        MetricText.writeHeader(name: name, help: help, type: kind.rawValue, to: &text)
        MetricText.writeSample(name, "", value, to: &text)
    }
}
