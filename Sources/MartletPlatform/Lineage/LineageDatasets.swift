import MartletCore
import MartletData
import MartletFeatures
import MartletPipeline

/// What steps of a project read and make, with what is known of it.
struct LineageDatasets {
    private let platform: Platform
    private let names: LineageNames

    init(_ platform: Platform, _ names: LineageNames) {
        self.platform = platform
        self.names = names
    }

    /// The query that a step runs, where it is one of Martlet's own that has one.
    func sql(of step: String) -> LineageStep.SQL? {
        let dataset = names.dataset(of: step).flatMap { platform.project.datasets[$0]?.select }
        let view = names.view(of: step).flatMap { platform.project.features[$0]?.select }
        return (dataset ?? view).map { LineageStep.SQL(query: $0) }
    }

    /// What a step reads. - Parameter contents: the inputs' parts of its key; `nil` before that is known.
    func inputs(of step: Step, contents: [String: JSONValue]?) -> [LineageDataset] {
        step.inputs.keys.sorted().map { name in
            LineageDataset(name: names.input(name, of: step), version: contents?[name].flatMap(Self.version))
        }
    }

    /// A digest, or that of all instances that are joined.
    private static func version(_ part: JSONValue) -> Digest? {
        part.string.map { Digest($0) } ?? Digest(of: part)
    }

    /// What an execution made.
    func outputs(of execution: StepExecution, contents: [String: JSONValue]) -> [LineageDataset] {
        execution.outputs.sorted { $0.key < $1.key }.map { name, digest in
            var output = LineageDataset(name: names.output(name, of: execution.id.step), version: digest)
            if name == "snapshot", let dataset = names.dataset(of: execution.id.step) {
                describe(&output, execution, dataset, source: contents["source"]?.string.flatMap(Digest.init))
            }
            if name == "rows", let view = names.view(of: execution.id.step) {
                describe(&output, execution, view, snapshot: contents["snapshot"]?.string.flatMap(Digest.init))
            }
            return output
        }
    }

    // MARK: Datasets

    private func describe(_ output: inout LineageDataset, _ execution: StepExecution, _ name: String, source: Digest?) {
        do {
            if let manifest = execution.outputs["manifest"] {
                let snapshot = try platform.json(manifest).decoded(as: Snapshot.self)
                output.fields = snapshot.schema.map { LineageDataset.Field(name: $0.name, type: $0.logicalType.rawValue) }
                output.statistics = LineageDataset.Statistics(rowCount: snapshot.rowCount)
                output.metrics = snapshot.profile.map(\.metrics)
            }
            output.columnLineage = try ProjectColumns(platform: platform).lineage(ofDataset: name, source: source)
            let table = LineageDataset.Reference(namespace: platform.project.name, name: self.source(of: name))
            output.lineageTables = [DatasetColumnLineage.sourceName: table]
        } catch {
            output.columnLineage = .unknown(error)
        }
    }

    /// What a dataset is read from, by its name.
    func source(of dataset: String) -> String {
        guard let specification = platform.project.datasets[dataset] else { return dataset }
        return specification.step.map { names.output($0.output, of: $0.step) } ?? specification.source
    }

    // MARK: Feature views

    private func describe(_ output: inout LineageDataset, _ execution: StepExecution, _ name: String, snapshot: Digest?) {
        guard let view = platform.project.features[name], let snapshot else { return }
        let columns = ProjectColumns(platform: platform)
        do {
            if let rows = execution.outputs["rows"] {
                output.fields = try columns.columns(ofTable: rows).map { LineageDataset.Field(name: $0.name, type: $0.type) }
            }
            output.columnLineage = try columns.lineage(ofView: view, snapshot: snapshot).rows
        } catch {
            output.columnLineage = .unknown(error)
        }
    }
}

extension ColumnProfile {
    /// The profile's figures as lineage tells them; texts and dates have no smallest number.
    fileprivate var metrics: LineageDataset.ColumnMetrics {
        let numbers = zip(Self.quantileShares, quantiles).compactMap { share, value in value.number.map { (share, $0) } }
        return LineageDataset.ColumnMetrics(
            name: name, count: count - nullCount, nullCount: nullCount, distinctCount: distinctCount, minimum: minimum?.number,
            maximum: maximum?.number, quantiles: Dictionary(uniqueKeysWithValues: numbers))
    }
}

extension ColumnProfile.Statistic {
    fileprivate var number: Double? { if case .number(let value) = self { value } else { nil } }
}
