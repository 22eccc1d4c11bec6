import MartletCore
import MartletFeatures
import MartletPipeline

/// Where columns of a project's datasets and feature views come from, and which columns and models depend on them.
///
/// Datasets whose sources steps make, and views, are known once they were made.
package struct ColumnMap: Sendable {
    /// A column of a table: a dataset, a view's rows, or what a dataset is read from.
    package struct Column: Sendable, Hashable, CustomStringConvertible {
        package let table: String
        package let name: String

        package init(_ table: String, _ name: String) { (self.table, self.name) = (table, name) }

        package var description: String { "\(table): \(name)" }
    }

    /// What one column, or a model, takes from another column.
    private struct Link: Sendable {
        let source: Column
        let target: Column
        let words: String
    }

    /// The columns of each table, in order.
    private var columns: [String: [String]] = [:]
    private var links: [Link] = []
    /// What could not be found out, in sentences.
    package private(set) var notes: [String] = []

    package init(_ platform: Platform) async throws {
        let (project, records) = (platform.project, try await platform.tracking().pipelines)
        let (names, reader) = (LineageNames(project), ProjectColumns(platform: platform))
        let datasets = LineageDatasets(platform, names)
        for name in project.datasets.keys.sorted() {
            let made = try await records.lastExecution(ProjectPipeline.stepName("dataset", name))
            let source = (made?.keyParts["inputs"]?["source"]?.string).flatMap(Digest.init)
            add("dataset '\(name)'", name, reading: { _ in datasets.source(of: name) }) {
                try reader.lineage(ofDataset: name, source: source)
            }
            guard let snapshot = made?.outputs["snapshot"] else { continue }
            for view in project.features.values.sorted(by: { $0.name < $1.name }) where view.source == name {
                add("features '\(view.name)'", Self.table(of: view.name, project), reading: { $0 }) {
                    try reader.lineage(ofView: view, snapshot: snapshot).features
                }
            }
        }
        for (name, model) in project.models.sorted(by: { $0.key < $1.key }) { add(name, model, Self.table(of: model.features, project)) }
    }

    /// A view whose name a dataset has too is called as its step.
    private static func table(of view: String, _ project: Project) -> String {
        project.datasets[view] == nil ? view : ProjectPipeline.stepName("features", view)
    }

    /// - Parameters:
    ///   - what: how people are told of it.
    ///   - name: what a table is called that the lineage names.
    private mutating func add(_ what: String, _ table: String, reading name: (String) -> String, _ lineage: () throws -> ColumnLineage) {
        do {
            let found = try lineage()
            columns[table] = found.columns.map(\.name)
            links += found.columns.flatMap { column in
                column.sources.map { source in
                    let words = source.transformations.map(\.word).joined(separator: ", ")
                    return Link(source: Column(name(source.table), source.column), target: Column(table, column.name), words: words)
                }
            }
            notes += found.unresolved.map { "\(what): \($0)" }
        } catch {
            notes.append("\(what): its columns could not be found out: \((error as? MartletError)?.message ?? "\(error)")")
        }
    }

    /// A model reads columns of its view; its target is one of them.
    private mutating func add(_ name: String, _ model: ModelSpecification, _ view: String) {
        let target = Column("model \(name)", "prediction")
        for column in columns[view] ?? [] {
            if column == model.target { links.append(Link(source: Column(view, column), target: target, words: "target")) }
            if model.use.contains(where: { ViewColumnLineage.stands($0, for: column) }) {
                links.append(Link(source: Column(view, column), target: target, words: "feature"))
            }
        }
    }

    // MARK: Questions

    /// The column that `TABLE.COLUMN` names; `nil` where no table has that name. What stands before any dot may be the table.
    /// - Throws: `notFound` for a column that a known table does not have, with the nearest name.
    package func column(_ text: String) throws -> Column? {
        for dot in text.indices.reversed() where text[dot] == "." {
            let (table, name) = (String(text[..<dot]), String(text[text.index(after: dot)...]))
            let known = columns[table] ?? links.filter { $0.source.table == table }.map(\.source.name)
            guard !known.isEmpty else { continue }
            if known.contains(name) { return Column(table, name) }
            let hint = nearest(to: name, among: known).map { "did you mean '\($0)'?" } ?? "it has \(known.joined(separator: ", "))"
            throw MartletError(.notFound, "'\(table)' has no column '\(name)' that is known; \(hint)")
        }
        return nil
    }

    /// The columns that one comes from, the nearest first.
    package func sources(of column: Column) -> [LineageTree] {
        tree(of: column) { link in (link.target, link.source) }
    }

    /// The columns and models that depend on one, the nearest first.
    package func dependents(of column: Column) -> [LineageTree] {
        tree(of: column) { link in (link.source, link.target) }
    }

    private func tree(of column: Column, _ ends: (Link) -> (from: Column, to: Column)) -> [LineageTree] {
        var seen: Set<Column> = []
        func children(_ column: Column) -> [LineageTree] {
            links.filter { ends($0).from == column }.map { link in
                let next = ends(link).to
                let isNew = seen.insert(next).inserted
                return LineageTree(next.description, note: link.words, children: isNew ? children(next) : [], isAbove: !isNew)
            }
        }
        return children(column)
    }
}

extension ColumnTransformation {
    /// In a word.
    fileprivate var word: String { self == .groupBy ? "group by" : rawValue }
}
