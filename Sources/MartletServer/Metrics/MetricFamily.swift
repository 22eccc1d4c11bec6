import Synchronization

/// One member of a family: a value for one set of label values.
package protocol MetricSeries: AnyObject, Sendable {
    /// `counter`, `gauge` or `histogram`, as the text format names it.
    static var typeName: String { get }

    /// Appends this member's lines.
    /// - Parameter labels: `key="value"` pairs, already escaped and joined by commas; empty for none.
    func write(name: String, labels: String, to text: inout String)
}

/// What a registry asks of each of its metrics.
protocol MetricFamilyExposition: Sendable {
    func write(to text: inout String)
}

/// The metrics of one name, by the values of its labels.
package final class MetricFamily<Series: MetricSeries>: MetricFamilyExposition {
    /// The label value under which is counted what the limit on series leaves no room for.
    package static var overflowValue: String { "other" }

    let labels: [String]
    private let name: String
    private let help: String
    private let budget: SeriesBudget
    private let make: @Sendable () -> Series
    private let series = Mutex<[[String]: Series]>([:])

    init(name: String, help: String, labels: [String], budget: SeriesBudget, make: @escaping @Sendable () -> Series) {
        self.name = name
        self.help = help
        self.labels = labels
        self.budget = budget
        self.make = make
    }

    /// The member of some label values, in the order of the labels; hot paths keep it rather than ask again.
    package func labelled(_ values: [String]) -> Series {
        precondition(values.count == labels.count, "metric '\(name)' has \(labels.count) labels, not \(values.count)")
        return series.withLock { series in
            if let known = series[values] { return known }
            let key = values.isEmpty || budget.take() ? values : values.map { _ in Self.overflowValue }
            if let known = series[key] { return known }
            let member = make()
            series[key] = member
            return member
        }
    }

    /// The member of some label values, in the order of the labels.
    package func labelled(_ values: String...) -> Series { labelled(values) }

    func write(to text: inout String) {
        let members = series.withLock { $0.sorted { $0.key.lexicographicallyPrecedes($1.key) } }
        guard !members.isEmpty else { return }
        MetricText.writeHeader(name: name, help: help, type: Series.typeName, to: &text)
        for (values, member) in members {
            let pairs = zip(labels, values).map { "\($0)=\"\(MetricText.escapedLabel($1))\"" }
            member.write(name: name, labels: pairs.joined(separator: ","), to: &text)
        }
    }
}
