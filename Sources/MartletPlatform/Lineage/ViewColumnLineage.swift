import MartletCore
import MartletData
import MartletEngines
import MartletFeatures

/// Where the columns of a feature view come from in its dataset.
struct ViewColumnLineage {
    private let view: FeatureView
    private let selected: ColumnLineage

    /// - Parameter columns: the dataset's, with DuckDB's types.
    /// - Throws: `invalidInput` where `select` is not one SELECT; `engine`.
    init(_ view: FeatureView, columns: [(name: String, type: String)], by connection: DuckDBConnection) throws {
        self.view = view
        let select = view.select ?? "SELECT * FROM \(DuckDBConnection.quoted(identifier: view.source))"
        selected = try SQLColumnLineage.lineage(
            of: select, reading: [SQLTable(name: view.source, columns: columns)], by: connection)
    }

    /// The columns of the view's rows: those that are selected, the event's time, and the history that was known then.
    var rows: ColumnLineage {
        let time = sources(of: view.eventTime).map { $0.followed(by: .transformation) }
        let times = [ColumnLineage.Column(name: "__time", sources: time), ColumnLineage.Column(name: "__known", sources: time)]
        return ColumnLineage(
            columns: selected.columns + times + view.history.map(column), dataset: selected.dataset, unresolved: unresolved)
    }

    /// The rows' columns and the formulas over them, which are computed for each request and each fit.
    var features: ColumnLineage {
        let rows = rows
        let known = Dictionary(rows.columns.map { ($0.name, $0.sources) }, uniquingKeysWith: { first, _ in first })
        let formulas = view.formulas.map { formula in
            let names = rows.columns.map(\.name).filter { name in formula.expression.columns.contains { Self.stands($0, for: name) } }
            let sources = names.flatMap { known[$0] ?? [] }.map { $0.followed(by: .transformation) }
            return ColumnLineage.Column(name: formula.name, sources: sources.merged)
        }
        return ColumnLineage(columns: rows.columns + formulas, dataset: rows.dataset, unresolved: rows.unresolved)
    }

    /// A name with a trailing `*` stands for all that begin so.
    static func stands(_ pattern: String, for name: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    /// Which rows a feature is of is decided by the entity and the time.
    private func column(_ feature: HistoryFeature) -> ColumnLineage.Column {
        let values = sources(of: feature.column).map { $0.followed(by: feature.aggregate == .last ? .identity : .aggregation) }
        let window = (view.entity + [view.eventTime]).flatMap(sources).map { $0.indirect(.window) }
        return ColumnLineage.Column(name: feature.name, sources: (values + window).merged)
    }

    private func sources(of name: String) -> [ColumnLineage.Source] { selected.columns.first { $0.name == name }?.sources ?? [] }

    private var unresolved: [String] {
        let names = Set(selected.columns.map(\.name))
        let missing = Set(view.entity + [view.eventTime] + view.history.map(\.column)).subtracting(names).sorted()
        return selected.unresolved + missing.map { "the column '\($0)' is not among those that are selected" }
    }
}
