import MartletCore
import MartletPipeline

/// Triggers by drift: `drift: {endpoint: price}`, `drift: {dataset: sales, against: price}`.
extension ScheduleReader {
    /// The widths of windows that endpoints' answers are looked at in.
    private static let windows = Duration.seconds(3_600)...Duration.seconds(366 * 86_400)
    /// Below so few rows chance alone makes an index of anything.
    private static let rowCounts = 50...1_000_000_000

    func drift(_ node: SpecificationNode) -> DriftSpecification? {
        guard let object = node.object(optional: ["endpoint", "dataset", "against", "window", "columns", "over", "rows"]),
            let subject = subject(object, node)
        else { return nil }
        var drift = DriftSpecification(subject)
        drift.columns = object["columns"]?.strings ?? []
        if let threshold = object["over"]?.double(in: 0.01...10) { drift.threshold = threshold }
        if let count = object["rows"]?.int(in: Self.rowCounts) { drift.rowCountMin = count }
        return drift
    }

    private func subject(_ object: SpecificationObject, _ node: SpecificationNode) -> DriftSpecification.Subject? {
        switch (object["endpoint"], object["dataset"]) {
        case (let endpoint?, nil):
            object["against"]?.report("'against' is for drift of a dataset; remove it")
            guard let name = endpoint.reference(to: endpoints, "endpoint") else { return nil }
            return .endpoint(name, window: object["window"]?.duration(in: Self.windows) ?? .seconds(86_400))
        case (nil, let dataset?):
            object["window"]?.report("'window' is for drift of what an endpoint is asked; remove it")
            guard let name = dataset.reference(to: datasets, "dataset") else { return nil }
            guard let against = object["against"] else { return .snapshot(dataset: name) }
            return against.reference(to: endpoints, "endpoint").map { .release(dataset: name, endpoint: $0) }
        default: return node.expected("one of endpoint, dataset")
        }
    }
}
