import Foundation
import MartletCore

/// What a study found, for people: its trials, the best first.
struct StudyText {
    private let summary: JSONValue
    private let name: String

    /// - Parameter summary: of the study's step.
    init(_ summary: JSONValue, of name: String) { (self.summary, self.name) = (summary, name) }

    var lines: [String] {
        func count(_ key: String) -> String { (summary[key]?.int ?? 0).grouped }
        let failed = summary["failed"]?.int ?? 0
        let title =
            "Study of \(name): \(count("trials")) trials\(failed > 0 ? ", \(failed.grouped) of them failed" : ""), by their "
            + "\(summary["metric"]?.string ?? "") on \(count("judged_rows")) later rows, fitted on \(count("fitted_rows")) earlier ones"
        let ladder = summary["ladder"]?.array ?? []
        let names = Set(ladder.flatMap { ($0["parameters"]?.object ?? [:]).keys }).sorted()
        var table = TextTable([">trial", ">score", ">95% by cluster", ">seconds"] + names.map { ">\($0)" })
        for trial in ladder { table.add(cells: cells(trial, names)) }
        let more = (summary["trials"]?.int ?? 0) - failed - Int64(ladder.count)
        return [""] + title.wrapped(indent: 2) + table.lines + (more > 0 ? ["  and \(more.grouped) that are worse"] : [])
    }

    private func cells(_ trial: JSONValue, _ names: [String]) -> [String] {
        let score = trial["score"]
        return [
            "\(trial["number"]?.int ?? 0)", (score?["value"]?.double ?? .nan).formatted(places: 4), MetricText.interval(score),
            (trial["seconds"]?.double ?? .nan).formatted(places: 1),
        ] + names.map { MetricText.value(trial["parameters"]?[$0]) }
    }
}

/// Figures of summaries as people read them.
enum MetricText {
    /// The ends of a figure's interval; empty where it has none.
    static func interval(_ figure: JSONValue?) -> String {
        guard let low = figure?["low"]?.double, let high = figure?["high"]?.double else { return "" }
        return "\(low.formatted(places: 4)) … \(high.formatted(places: 4))"
    }

    /// A parameter's value, a number to four digits.
    static func value(_ value: JSONValue?) -> String {
        guard let value else { return "" }
        guard case .number(let number) = value, number != number.rounded() else { return value.string ?? value.canonicalText }
        return String(format: "%.4g", number)
    }
}
