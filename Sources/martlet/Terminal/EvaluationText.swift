import MartletCore

/// What a model is worth on rows that it was not fitted on, for people.
struct EvaluationText {
    private static let metrics = ["rmse", "mae", "bias", "r2"]

    private let summary: JSONValue
    private let step: String

    /// - Parameter summary: of a step that evaluates.
    init(_ summary: JSONValue, of step: String) { (self.summary, self.step) = (summary, step) }

    var lines: [String] {
        let isLog = summary["scale"]?.string == "log"
        let target = summary["target"]?.string ?? ""
        let title =
            "\(step): model \(summary["model"]?.string ?? "") on \(rows("judged")) of \(rows("given")) rows of "
            + "\((summary["clusters"]?.int ?? 0).grouped) clusters (\(summary["cluster"]?.string ?? ""))\(leftOut)"
        var table = TextTable("of", ">rows", ">rmse", ">95% by cluster", ">mae", ">bias", ">r2")
        table.add(cells: row(isLog ? "log \(target)" : target, summary["rows"]?["judged"], summary["metrics"]))
        if isLog { table.add(cells: row(target, summary["rows"]?["judged"], summary["target_metrics"])) }
        let slices = summary["slices"]?.array ?? []
        for slice in slices {
            table.add(cells: row("\(slice["column"]?.string ?? "") \(slice["value"]?.string ?? "")", slice["rows"], slice["metrics"]))
        }
        let more = (summary["slice_count"]?.int ?? 0) - Int64(slices.count)
        return [""] + title.wrapped(indent: 2) + table.lines + (more > 0 ? ["  and \(more.grouped) slices that are better"] : [])
    }

    private func rows(_ key: String) -> String { (summary["rows"]?[key]?.int ?? 0).grouped }

    /// Why rows do not count.
    private var leftOut: String {
        let reasons = [
            ("without_target", "lack the target"), ("without_time", "lack an event time"),
            ("before_held_out", "are of times that it was fitted on"), ("without_history", "have no history"),
            ("unpredicted", "have no prediction"),
        ]
        let words = reasons.compactMap { key, word in (summary["rows"]?[key]?.int ?? 0) > 0 ? "\(rows(key)) \(word)" : nil }
        return words.isEmpty ? "" : "; \(words.joined(separator: ", "))"
    }

    private func row(_ name: String, _ rows: JSONValue?, _ metrics: JSONValue?) -> [String] {
        let values = Self.metrics.map { (metrics?[$0]?["value"]?.double ?? .nan).formatted(places: 4) }
        return [name, (rows?.int ?? 0).grouped, values[0], MetricText.interval(metrics?["rmse"])] + values.dropFirst()
    }
}
