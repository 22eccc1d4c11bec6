import MartletCore
import MartletRollout

/// The measures of delivery for people.
struct DeliveryText {
    private let measures: DeliveryMeasures
    private let endpoint: String?

    /// - Parameter endpoint: whose they are; `nil` for all endpoints'.
    init(_ measures: DeliveryMeasures, of endpoint: String?) {
        self.measures = measures
        self.endpoint = endpoint
    }

    /// The lines.
    var lines: [String] {
        let whose = endpoint.map { "of \($0)" } ?? "to \(measures.endpointCount.grouped) endpoint\(measures.endpointCount == 1 ? "" : "s")"
        return ["Delivery \(whose), \(measures.start.secondsText) … \(measures.end.secondsText)"] + table.lines + notes
    }

    private var table: TextTable {
        var table = TextTable("measure", ">value", "spread", ">n")
        table.add(
            "deployment frequency", "\(measures.deploymentsPerDay.formatted(places: 2)) a day", "", measures.deploymentCount.grouped)
        table.add(cells: ["lead time for changes"] + cells(measures.leadTime))
        table.add(
            "change failure rate", measures.changeFailure.share.map(percent) ?? "–",
            measures.changeFailure.interval.map { "95%: \(percent($0.lowerBound)) … \(percent($0.upperBound))" } ?? "",
            measures.changeFailure.trialCount.grouped)
        table.add(cells: ["time to restore"] + cells(measures.timeToRestore))
        return table
    }

    private func cells(_ spread: DeliveryMeasures.Spread) -> [String] {
        let median = spread.medianSeconds.map { Self.span($0) } ?? "–"
        return [median, spread.p90Seconds.map { "9 in 10 within \(Self.span($0))" } ?? "", spread.count.grouped]
    }

    /// In the largest unit that it has one of.
    private static func span(_ seconds: Double) -> String {
        let units = [(86_400.0, "days"), (3_600, "h"), (60, "min")]
        guard let (unit, name) = units.first(where: { seconds >= $0.0 }) else { return Duration.seconds(seconds).words }
        return "\((seconds / unit).formatted(places: 1)) \(name)"
    }

    private func percent(_ share: Double) -> String { "\((share * 100).formatted(places: 0))%" }

    private var notes: [String] {
        var notes: [String] = []
        if measures.undecidedCount > 0 { notes.append("  \(measures.undecidedCount.grouped) may still fail, and are not in the rate") }
        if measures.unknownReleaseCount > 0 {
            notes.append("  of \(measures.unknownReleaseCount.grouped) releases there is no record, and so no lead time")
        }
        return notes
    }
}
