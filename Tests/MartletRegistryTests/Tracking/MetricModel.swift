import MartletRegistry

/// The history of one metric as MLflow has it, without any thought of cost.
struct MetricModel {
    private(set) var points: [LoggedMetric] = []
    private(set) var latest: LoggedMetric?

    mutating func log(_ metric: LoggedMetric) {
        if points.contains(where: { Self.isSame($0, metric) }) { return }
        points.append(metric)
        guard let latest else { return self.latest = metric }
        if Self.key(metric) > Self.key(latest) { self.latest = metric }
    }

    private static func stored(_ metric: LoggedMetric) -> Double { metric.value.isNaN ? 0 : metric.value }

    private static func key(_ metric: LoggedMetric) -> (Int64, Int64, Double) { (metric.step, metric.at, stored(metric)) }

    static func isSame(_ left: LoggedMetric, _ right: LoggedMetric) -> Bool {
        key(left) == key(right) && left.value.isNaN == right.value.isNaN && left.key == right.key
    }

    private static func flag(_ metric: LoggedMetric) -> Int { metric.value.isNaN ? 1 : 0 }

    /// By time, step and value.
    var history: [LoggedMetric] {
        points.sorted {
            ($0.at, $0.step, Self.stored($0), Self.flag($0)) < ($1.at, $1.step, Self.stored($1), Self.flag($1))
        }
    }

    /// As the specification tells it: `NTILE`, the first of each bucket, and the last row in place of the last that was kept.
    func sample(_ steps: ClosedRange<Int64>, limit: Int) -> [LoggedMetric] {
        let rows = points.filter { steps.contains($0.step) }.sorted {
            ($0.step, $0.at, Self.stored($0), Self.flag($0)) < ($1.step, $1.at, Self.stored($1), Self.flag($1))
        }
        var kept: [Int] = []
        var place = 0
        for bucket in 0..<limit where place < rows.count {
            kept.append(place)
            place += rows.count / limit + (bucket < rows.count % limit ? 1 : 0)
        }
        if let last = kept.last, last != rows.count - 1 {
            if kept.count == limit { kept.removeLast() }
            kept.append(rows.count - 1)
        }
        return kept.map { rows[$0] }
    }
}
