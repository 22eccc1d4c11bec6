import MartletFeatures

/// A view's history by plain loops: the model that DuckDB's windows and joins are held against.
struct NaiveHistory {
    let view: FeatureView
    let sales: [Sale]

    /// What was known of a row's entity at its time; `nil` where nothing was.
    func values(for row: Sale) -> [Double]? {
        let past = sales.filter {
            $0.store == row.store && $0.brand == row.brand && $0.week + view.knownAfter <= row.week
        }
        guard let latest = past.map(\.week).max() else { return nil }
        return view.history.map { feature in
            let column = feature.column == "price" ? \Sale.price : \Sale.units
            if feature.aggregate == .last { return past.first { $0.week == latest }?[keyPath: column] ?? .nan }
            let first = feature.window.map { latest - $0 + 1 } ?? .min
            let values = past.filter { $0.week >= first }.map { $0[keyPath: column] }.filter { !$0.isNaN }
            let sum = values.reduce(0, +)
            return switch feature.aggregate {
            case .count: Double(values.count)
            case .sum: values.isEmpty ? .nan : sum
            case .mean: values.isEmpty ? .nan : sum / Double(values.count)
            case .min: values.min() ?? .nan
            default: values.max() ?? .nan
            }
        }
    }
}
